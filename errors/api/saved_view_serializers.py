"""The shapes that the REST calls about saved views answer with."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from errors.api.serializers import ListingSerializer, RecordSerializer
from errors.models import AffectedRecord, BulkJob
from errors.saved_views import LONGEST_NAME


class HubSpotListSerializer(serializers.Serializer[Any]):
    object = serializers.CharField(help_text=_("The HubSpot object, e.g. contacts."))
    name = serializers.CharField()
    list_id = serializers.CharField(allow_blank=True, help_text=_("Empty when there is no list."))
    url = serializers.CharField(allow_blank=True)
    added = serializers.IntegerField(help_text=_("Records in the list."))
    not_in_hubspot = serializers.IntegerField(help_text=_("Records that are not there yet."))
    unknown_to_hubspot = serializers.IntegerField(
        help_text=_("Records that are not there any more.")
    )
    refusal = serializers.CharField(allow_blank=True, help_text=_("In HubSpot's words."))
    complete = serializers.BooleanField()


class SavedViewSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    records = serializers.IntegerField(help_text=_("Records in the view."))
    open_records = serializers.IntegerField(help_text=_("Those that still fail."))
    resolved = serializers.IntegerField(help_text=_("Those that do not fail any more."))
    error = serializers.IntegerField(
        allow_null=True, help_text=_("The error whose records these were.")
    )
    created_by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    hubspot_list = serializers.ChoiceField(
        choices=["none", *BulkJob.State.values],
        help_text=_(
            "The work on its static lists in HubSpot; none when nobody has asked for them."
        ),
    )
    hubspot_lists = HubSpotListSerializer(many=True)


class SavedViewListSerializer(ListingSerializer):
    results = SavedViewSerializer(many=True)


class SavedViewRequestSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=LONGEST_NAME)
    error = serializers.IntegerField()
    search = serializers.CharField(required=False, max_length=200)
    hubspot_list = serializers.BooleanField(required=False)


class SavedViewChangeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, max_length=LONGEST_NAME)
    hubspot_list = serializers.BooleanField(required=False)
    hubspot_list_name = serializers.CharField(required=False, max_length=LONGEST_NAME)


class ViewRecordSerializer(RecordSerializer):
    state = serializers.ChoiceField(choices=AffectedRecord.State.choices)


class ViewRecordListSerializer(ListingSerializer):
    results = ViewRecordSerializer(many=True)
