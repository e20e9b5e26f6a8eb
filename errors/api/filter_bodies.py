"""The filter of errors in the body of a REST call that works on all that match."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from accounts.access import signed_in
from common.api import Refusal
from errors.filters import AGES, ErrorFilters
from errors.jobs.filter_words import filters_from, refuse_unknown
from errors.types import ErrorType
from integrations.models import Connection

ASSIGNED = "A user's id, me, or nobody."


class FilterSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=ErrorType.choices, required=False)
    code = serializers.CharField(required=False)
    search = serializers.CharField(required=False)
    object = serializers.CharField(required=False)
    direction = serializers.CharField(required=False, help_text="to_salesforce, to_hubspot")
    age = serializers.CharField(required=False, help_text=", ".join(AGES))
    assigned = serializers.CharField(required=False, help_text=ASSIGNED)


def filters_of_body(request: Request, *, connection: Connection) -> ErrorFilters:
    """The filter in the body's "filters"; without it every open error. Raises Refusal (invalid) and JobRefused
    (invalid_filter)."""
    data = request.data
    given = data.get("filters", {}) if isinstance(data, dict) else None
    if not isinstance(given, dict):
        message = _('Send {"filters": {…}}, with names such as type and code.')
        raise Refusal("invalid", message, fields={"filters": [message]})
    refuse_unknown(given)
    return filters_from(given, connection=connection, user=signed_in(request))
