"""Parts of an address that make no sense: left out, told on the page, and the page's status is 400.

A link that was shared, shortened or typed still shows something, but never as if it were what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.htmx import wants_fragment
from common.pages import BadCursor

T = TypeVar("T")
NO_SUCH_PAGE = gettext_lazy("It names a page that this list does not have. This is the first one.")
_SHOWN = 80


def leave_out(request: HttpRequest, problem: str) -> None:
    """Has `problem`, a sentence, told above the page's content (`partials/left_out.html`)."""
    request.left_out = [*left_out(request), problem]  # type: ignore[attr-defined]


def left_out(request: HttpRequest) -> list[str]:
    return getattr(request, "left_out", [])


def status_of(request: HttpRequest) -> int:
    """The status of the page: htmx swaps answers of 2xx only, so a fragment keeps 200."""
    return 400 if left_out(request) and not wants_fragment(request) else 200


def no_file(problems: list[str]) -> HttpResponse:
    """Instead of a file: one of more than was asked for would be taken for what was asked for."""
    text = "\n".join(problems)
    return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")


def chosen(request: HttpRequest, name: str, *, label: str, allowed: Mapping[str, Any]) -> str:
    """The parameter `name` where it is one of `allowed` (value, label); "" where it is empty or was left out."""
    value = request.GET.get(name, "")
    if not value or value in allowed:
        return value
    leave_out(
        request,
        _("%(name)s: “%(value)s” is not known here. Choose one of: %(allowed)s.")
        % {
            "name": label,
            "value": value[:_SHOWN],
            "allowed": ", ".join(str(one) for one in allowed.values()),
        },
    )
    return ""


def page_or_first(request: HttpRequest, read: Callable[[str | None], T]) -> T:
    """`read` of the address's cursor; of the start where that is a cursor of another list, or none."""
    try:
        return read(request.GET.get("cursor") or None)
    except BadCursor:
        leave_out(request, str(NO_SUCH_PAGE))
        return read(None)
