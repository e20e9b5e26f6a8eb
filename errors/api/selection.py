"""REST calls that ignore, take up and assign errors, and list who they can be assigned to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import get_connection, signed_in
from accounts.members import members_of
from accounts.models import Role
from common.api import Refusal
from errors.assigning import assign_errors, find_assignee
from errors.ignore_terms import REASON_LENGTH, checked_terms
from errors.ignoring import ignore_errors, take_up_errors
from errors.selection import MAX_SELECTED, selected_errors


class SelectionSerializer(serializers.Serializer[Any]):
    errors = serializers.ListField(  # type: ignore[assignment]
        child=serializers.IntegerField(), min_length=1, max_length=MAX_SELECTED
    )


class IgnoreRequestSerializer(SelectionSerializer):
    reason = serializers.CharField(max_length=REASON_LENGTH)
    until = serializers.DateTimeField(
        required=False, allow_null=True, help_text=_("It comes back then.")
    )
    above = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        help_text=_("It comes back with more affected records than that; “now”: than it has now."),
    )


class AssignRequestSerializer(SelectionSerializer):
    to = serializers.EmailField(
        allow_null=True, help_text=_("The mail address of a member; null: nobody.")
    )


class ChangedSerializer(serializers.Serializer[Any]):
    changed = serializers.ListField(
        child=serializers.IntegerField(), help_text=_("The errors that this call changed.")
    )
    unchanged = serializers.ListField(
        child=serializers.IntegerField(),
        help_text=_("Errors that were left alone: not open, not ignored, or assigned so already."),
    )


class MemberSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)


class MemberListSerializer(serializers.Serializer[Any]):
    results = MemberSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


_REFUSALS = OpenApiResponse(description="no_errors, too_many_errors, unknown_errors, invalid")


class IgnoreErrorsView(APIView):
    @extend_schema(
        operation_id="errors_ignore",
        summary="Ignore 1 to 200 errors",
        description="They leave the cards until somebody takes them up again, until a moment, or until they grow.",
        request=IgnoreRequestSerializer,
        responses={200: ChangedSerializer, 400: _REFUSALS},
    )
    def post(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        body = _body(request)
        ids = _ids(body)
        terms = checked_terms(reason=_text(body, "reason"), until=_moment(body), above=_above(body))
        selected = selected_errors(connection_id=connection.pk, error_ids=ids)
        ignored = ignore_errors(
            connection_id=connection.pk,
            error_ids=[error.pk for error in selected],
            by=signed_in(request),
            reason=terms.reason,
            until=terms.until,
            above=terms.above,
        )
        return _changed(ids, ignored)


class TakeUpErrorsView(APIView):
    @extend_schema(
        operation_id="errors_take_up",
        summary="Take ignored errors up again",
        request=SelectionSerializer,
        responses={200: ChangedSerializer, 400: _REFUSALS},
    )
    def post(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        ids = _ids(_body(request))
        selected = selected_errors(connection_id=connection.pk, error_ids=ids)
        taken = take_up_errors(
            connection_id=connection.pk, error_ids=[error.pk for error in selected]
        )
        return _changed(ids, taken)


class AssignErrorsView(APIView):
    @extend_schema(
        operation_id="errors_assign",
        summary="Assign 1 to 200 errors to a member, or to nobody",
        request=AssignRequestSerializer,
        responses={
            200: ChangedSerializer,
            400: OpenApiResponse(
                description="no_errors, too_many_errors, unknown_errors, not_a_member, invalid"
            ),
        },
    )
    def post(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(
            user=request.user, connection_id=connection_id, needed=Role.OPERATOR
        )
        body = _body(request)
        ids = _ids(body)
        if "to" not in body:
            raise _invalid("to", _("The mail address of a member, or null for nobody."))
        to = None
        if body["to"] is not None:
            to = find_assignee(connection_id=connection.pk, who=_text(body, "to"))
        changed = assign_errors(connection_id=connection.pk, error_ids=ids, to=to)
        return _changed(ids, changed)


class MembersView(APIView):
    @extend_schema(
        operation_id="members_list",
        summary="The people of a connection, who errors can be assigned to",
        responses=MemberListSerializer,
    )
    def get(self, request: Request, connection_id: int) -> Response:
        connection = get_connection(user=request.user, connection_id=connection_id)
        members = members_of(connection_id=connection.pk)
        results = MemberSerializer(members, many=True).data
        return Response({"results": results, "next": None, "previous": None})


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Refusal("invalid", _("Send an object."))
    return request.data


def _ids(body: dict[str, Any]) -> list[int]:
    ids = body.get("errors")
    if not isinstance(ids, list) or any(type(item) is not int for item in ids):
        raise _invalid("errors", _("A list of error ids (whole numbers)."))
    return ids


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise _invalid(name, _("Text only."))
    return value


def _moment(body: dict[str, Any]) -> datetime | None:
    raw = body.get("until")
    if raw is None:
        return None
    try:
        moment = parse_datetime(raw) if isinstance(raw, str) else None
        if moment is not None and timezone.is_naive(moment):
            moment = timezone.make_aware(moment)
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise _invalid("until", _("A date and time as 2026-12-31T12:00:00Z, or null."))
    return moment


def _above(body: dict[str, Any]) -> int | Literal["now"] | None:
    raw = body.get("above")
    if raw is None:
        return None
    if raw == "now":
        return "now"
    if type(raw) is not int:
        raise _invalid("above", _("A whole number of records, “now”, or null."))
    return raw


def _changed(ids: list[int], changed: list[int]) -> Response:
    return Response({"changed": sorted(changed), "unchanged": sorted(set(ids) - set(changed))})


def _invalid(name: str, sentence: str) -> Refusal:
    return Refusal("invalid", f"{name}: {sentence}", fields={name: [sentence]})
