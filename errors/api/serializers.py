"""The shapes that the errors' REST calls answer with; the OpenAPI file is made from them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from errors.models import ResyncBatch, ResyncItem, SyncError
from errors.types import ErrorType


class ErrorTypeSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=ErrorType.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    errors = serializers.IntegerField(help_text=_("Open errors of this type."))  # type: ignore[assignment]
    records = serializers.IntegerField(
        help_text=_("Different records that these errors keep from syncing.")
    )


class ListingSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ErrorTypeListSerializer(ListingSerializer):
    results = ErrorTypeSerializer(many=True)


class TypesSerializer(serializers.Serializer[Any]):
    hubspot = serializers.CharField(allow_blank=True)
    salesforce = serializers.CharField(allow_blank=True)


class OptionSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(help_text=_("What is stored."))
    label = serializers.CharField(help_text=_("What people see."))  # type: ignore[assignment]
    active = serializers.BooleanField(help_text=_("False: inactive or hidden."))


class OptionPairSerializer(serializers.Serializer[Any]):
    state = serializers.CharField(help_text="same, only_hubspot, only_salesforce, inactive")
    hubspot = OptionSerializer(allow_null=True)
    salesforce = OptionSerializer(allow_null=True)
    refused = serializers.BooleanField(help_text=_("Whether this is the refused value."))


class LinkSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    url = serializers.CharField()


class IgnoredSerializer(serializers.Serializer[Any]):
    by = serializers.EmailField(allow_null=True)
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    until = serializers.DateTimeField(
        allow_null=True, help_text=_("It comes back then; null: no date.")
    )
    above = serializers.IntegerField(
        allow_null=True, help_text=_("It comes back with more affected records than that.")
    )


class ErrorSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    type = serializers.ChoiceField(choices=ErrorType.choices)
    code = serializers.CharField(help_text=_("The cause, e.g. waiting-for-account."))
    title = serializers.CharField(help_text=_("The cause in words."))
    summary = serializers.CharField(help_text=_("This error in one sentence."))
    status = serializers.ChoiceField(choices=SyncError.Status.choices)
    direction = serializers.CharField(help_text="to_salesforce, to_hubspot")
    object = serializers.CharField(help_text=_("The HubSpot object, e.g. contacts."))
    records = serializers.IntegerField(help_text=_("Affected records."))
    failures = serializers.IntegerField(help_text=_("How often it failed, over all records."))
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    came_back = serializers.IntegerField(
        help_text=_("How often it was resolved or ignored and came back.")
    )
    assigned_to = serializers.EmailField(
        allow_null=True, help_text=_("The mail address of the member who has it.")
    )
    ignored = IgnoredSerializer(
        allow_null=True, help_text=_("Of an ignored error: who, why, and what ends it.")
    )
    message = serializers.CharField(help_text=_("The CRM's own words."))
    system = serializers.CharField(help_text=_("Who refused: salesforce or hubspot."))
    api_code = serializers.CharField(help_text=_("The CRM's own error code."))
    property = serializers.CharField(allow_blank=True, help_text=_("The HubSpot property."))
    field = serializers.CharField(allow_blank=True, help_text=_("The Salesforce field."))
    value = serializers.CharField(
        allow_blank=True,
        help_text=_(
            "The value that was refused. Property values: that of the last record that failed; the others hold"
            " values of their own."
        ),
    )
    rule = serializers.CharField(
        allow_blank=True, help_text=_("The validation rule, trigger or flow, where it is named.")
    )
    record = serializers.DictField(
        required=False,
        help_text=_(
            "Associations: the record that blocks the affected ones, with `error` {id, title} where it has an open error of its own."
        ),
    )
    limit = serializers.IntegerField(
        required=False, allow_null=True, help_text=_("Associations: how many links are allowed.")
    )
    limit_of = serializers.CharField(
        required=False, allow_blank=True, help_text=_("Associations: the object that is counted.")
    )
    automation = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        help_text=_(
            "Custom code: kind (validation-rule, flow, trigger, class, approval, assignment-rule, automation), name and package, as far as the message names them."
        ),
    )
    hubspot_record = serializers.DictField(
        required=False, help_text=_("Duplicates: the HubSpot record with the value.")
    )
    salesforce_record = serializers.DictField(
        required=False, help_text=_("Duplicates: the Salesforce record with the value.")
    )

    target = serializers.CharField(
        required=False, help_text=_("Permissions: the object, or object.field, of the right.")
    )
    right = serializers.CharField(required=False, help_text=_("Permissions: the missing right."))
    user = serializers.CharField(
        required=False, allow_blank=True, help_text=_("Permissions: the user or app that lacks it.")
    )
    scopes = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text=_("Permissions: HubSpot scopes of which one is needed."),
    )
    allowed_options = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text=_("Picklists: the options that the refusal listed."),
    )
    types = TypesSerializer(
        required=False, help_text=_("Property mappings: the types of both ends when it failed.")
    )
    reason = serializers.CharField(
        required=False, allow_blank=True, help_text=_("Property mappings: why the ends do not fit.")
    )
    demands = serializers.CharField(
        required=False, help_text=_("Property values: what the field demands of a value.")
    )


class ErrorListSerializer(ListingSerializer):
    results = ErrorSerializer(many=True)


class ErrorDetailSerializer(ErrorSerializer):
    explanation = serializers.CharField(help_text=_("What it means."))
    steps = serializers.ListField(
        child=serializers.CharField(), help_text=_("What resolves it, in order.")
    )
    links = LinkSerializer(
        many=True, help_text=_("Pages of both systems where the cause is set right.")
    )
    mapping = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text=_("Picklists, property mappings and values: the id of the property mapping."),
    )
    options = OptionPairSerializer(
        many=True,
        required=False,
        help_text=_("Picklists: the options of both sides as last read, differences first."),
    )
    support_text = serializers.CharField(
        required=False, help_text=_("Other: a text to send to support, without secrets.")
    )


class RecordSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(
        help_text=_("For records/{id}/, which has everything about the record.")
    )
    object = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    email = serializers.CharField(allow_blank=True)
    hubspot_id = serializers.CharField(allow_blank=True)
    salesforce_id = serializers.CharField(allow_blank=True)
    hubspot_url = serializers.CharField(allow_blank=True)
    salesforce_url = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    failures = serializers.IntegerField()
    last_tried = serializers.DateTimeField(
        help_text=_("When it failed last; one that was resolved has been tried and synced since.")
    )


class RecordListSerializer(ListingSerializer):
    results = RecordSerializer(many=True)


class ResyncRequestSerializer(serializers.Serializer[Any]):
    errors = serializers.ListField(  # type: ignore[assignment]
        child=serializers.IntegerField(), min_length=1, max_length=100
    )


class ResyncItemSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The error's id."))
    state = serializers.ChoiceField(choices=ResyncItem.State.choices)
    records = serializers.IntegerField()
    records_resolved = serializers.IntegerField()
    reason = serializers.CharField(help_text=_("The new refusal, in the CRM's words."))


class ResyncBatchSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=ResyncBatch.State.choices)
    total = serializers.IntegerField(help_text=_("Errors in the batch."))
    done = serializers.IntegerField(help_text=_("Errors resolved."))
    failed = serializers.IntegerField(help_text=_("Errors that still fail."))
    records_total = serializers.IntegerField()
    records_done = serializers.IntegerField()
    api_calls = serializers.IntegerField(help_text=_("Salesforce API calls it took."))
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    held_until = serializers.DateTimeField(allow_null=True)
    errors = ResyncItemSerializer(many=True)  # type: ignore[assignment]
    skipped = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        help_text=_("Errors left out, since another batch is working on them."),
    )
