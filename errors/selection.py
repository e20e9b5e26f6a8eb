"""Errors that somebody ticked, to be ignored, taken up or assigned; and why that is refused."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.refusals import Refused
from errors.models import SyncError

MAX_SELECTED = 200  # the longest page of a list, so that a whole page can be ticked
_LARGEST_ID = 2**63 - 1  # the databases refuse to compare with more


class SelectionRefused(Refused):
    """The ticked errors cannot be ignored, assigned or taken up as asked for."""


def selected_errors(*, connection_id: int, error_ids: Iterable[int]) -> list[SyncError]:
    """The ticked errors, oldest first. One query.

    Raises SelectionRefused: no_errors, too_many_errors, or unknown_errors for ids that are not of this connection.
    """
    wanted = sorted(set(error_ids))
    if not wanted:
        raise SelectionRefused("no_errors", _("Nothing is selected. Tick at least one error."))
    if len(wanted) > MAX_SELECTED:
        raise SelectionRefused(
            "too_many_errors",
            ngettext(
                "%(selected)d error is selected; at most %(limit)d can be changed at once.",
                "%(selected)d errors are selected; at most %(limit)d can be changed at once.",
                len(wanted),
            )
            % {"selected": len(wanted), "limit": MAX_SELECTED},
        )
    storable = [pk for pk in wanted if 0 < pk <= _LARGEST_ID]
    found = list(
        SyncError.objects.filter(connection_id=connection_id, pk__in=storable).order_by("pk")
    )
    unknown = sorted(set(wanted) - {error.pk for error in found})
    if unknown:
        raise SelectionRefused(
            "unknown_errors",
            _(
                "These errors are not errors of this connection: %(ids)s. Reload the list and select again."
            )
            % {"ids": ", ".join(map(str, unknown[:10])) + (", …" if len(unknown) > 10 else "")},
            fields={"errors": unknown},
        )
    return found
