"""What every REST call shares: the shape of a refusal, and listings by key instead of by offset."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, status
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from common.pages import Page
from common.refusals import Refused

PAGE_PARAMETERS = [
    OpenApiParameter("cursor", str, description="As given in `next` or `previous`."),
    OpenApiParameter("limit", int, description="Rows a page, 1 to 200; 50 unless told."),
]


class TextJSONParser(JSONParser):
    """JSON whose texts can be stored: `"\\ud800"` alone is half a character, which no database takes."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        data = super().parse(stream, media_type, parser_context)
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise exceptions.ParseError(_("A text of the body holds half a character.")) from None
        return data


class Refusal(exceptions.APIException):
    """A refusal with a code of its own, e.g. `Refusal("too_many_errors", "…")`; 400 unless told."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status_code: int = status.HTTP_400_BAD_REQUEST,
        fields: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail=detail, code=code)
        self.status_code = status_code
        self.code = code
        self.fields = fields or {}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as `{"code", "detail", "fields"}`."""
    if isinstance(exc, Refused):
        exc = Refusal(
            exc.code, exc.message, status_code=exc.status_code, fields=exc.fields
        ).with_traceback(exc.__traceback__)
    elif isinstance(exc, Http404):
        exc = exceptions.NotFound(*exc.args)
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied(*exc.args)
    response = drf_exception_handler(exc, context)
    if response is None or not isinstance(exc, exceptions.APIException):
        return response
    if isinstance(exc, exceptions.ValidationError):
        fields = exc.detail if isinstance(exc.detail, dict) else {"non_field_errors": exc.detail}
        response.data = {"code": "invalid", "detail": _first(fields), "fields": fields}
    else:
        code = exc.code if isinstance(exc, Refusal) else exc.get_codes()
        response.data = {
            "code": code if isinstance(code, str) else "error",
            "detail": str(exc.detail),
            "fields": getattr(exc, "fields", {}),
        }
    return response


def _first(detail: Any) -> str:
    """The first sentence of a refusal, however deep the field is that it is about."""
    while isinstance(detail, dict | list):
        inner = list(detail.values()) if isinstance(detail, dict) else detail
        detail = next((one for one in inner if one), "")
    return str(detail)


def idempotency_key(request: Request) -> str:
    """The client's key; one of our own where it sent none. Raises a Refusal for what is no key."""
    key = request.headers.get("Idempotency-Key", "").strip() or str(uuid.uuid4())
    if len(key) > 200 or not key.isprintable():
        raise Refusal(
            "invalid_idempotency_key",
            _("An Idempotency-Key holds at most 200 printable characters."),
        )
    return key


def page_parameters(request: Request, *, default: int = 50, most: int = 200) -> tuple[str, int]:
    """The `cursor` and `limit` of a listing's query string.

    Raises a ValidationError naming `limit` when it is not a whole number from 1 to `most`.
    """
    raw = request.query_params.get("limit", str(default))
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10 and 1 <= int(raw) <= most):
        message = _("limit must be a whole number from 1 to %(most)s.") % {"most": most}
        raise exceptions.ValidationError({"limit": [message]})
    return request.query_params.get("cursor", ""), int(raw)


def listing(request: Request, page: Page[Any], results: list[Any]) -> Response:
    """`{"results", "next", "previous"}`, the two as absolute addresses that keep the filter."""

    def address(cursor: str | None) -> str | None:
        if not cursor:
            return None
        query = request.query_params.copy()
        query["cursor"] = cursor
        return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")

    return Response(
        {
            "results": results,
            "next": address(page.next_cursor),
            "previous": address(page.previous_cursor),
        }
    )
