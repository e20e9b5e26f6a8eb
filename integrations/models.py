"""Connections and what the sync of each needs to know. Secrets live apart from lists (Credential)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.encryption import EncryptedJSONField

if TYPE_CHECKING:
    from accounts.models import Role


class SystemName(models.TextChoices):
    HUBSPOT = "hubspot", "HubSpot"
    SALESFORCE = "salesforce", "Salesforce"


class Connection(models.Model):
    """One HubSpot account joined to one Salesforce org."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        SUSPENDED = "suspended", _("Suspended")

    name = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=State, default=State.ACTIVE)

    hub_id = models.CharField(max_length=20)
    hubspot_base_url = models.URLField(max_length=300)
    hubspot_app_url = models.URLField(max_length=300, blank=True)

    sf_org_id = models.CharField(max_length=18)
    salesforce_login_url = models.URLField(max_length=300)
    sf_instance_url = models.URLField(max_length=300, blank=True)
    sf_user_id = models.CharField(max_length=18, blank=True)
    sf_username = models.CharField(max_length=255, blank=True)

    # As the limits endpoint says; the header of each answer is the org-wide gauge between two readings.
    daily_limit = models.PositiveIntegerField(null=True, blank=True)
    limit_read_at = models.DateTimeField(null=True, blank=True)
    org_used = models.PositiveIntegerField(null=True, blank=True)
    org_used_at = models.DateTimeField(null=True, blank=True)
    allotment = models.PositiveIntegerField(default=0)

    suspended_code = models.CharField(max_length=80, blank=True)
    suspended_detail = models.TextField(blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    # Set while the allotment (or an API limit) makes the sync wait: when it goes on.
    held_until = models.DateTimeField(null=True, blank=True)
    held_reason = models.CharField(max_length=40, blank=True)

    next_sync_at = models.DateTimeField(default=timezone.now)
    sync_lease_until = models.DateTimeField(null=True, blank=True)
    sync_lease_token = models.CharField(max_length=36, blank=True)
    last_sync_started_at = models.DateTimeField(null=True, blank=True)
    last_sync_finished_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(default=timezone.now)

    # Set by accounts.access.get_connection: the role of whoever asks.
    role: Role

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hub_id", "sf_org_id"], name="integrations_connection_one_a_pair"
            ),
            models.CheckConstraint(
                condition=Q(daily_limit__isnull=True) | Q(allotment__lte=F("daily_limit")),
                name="integrations_connection_allotment_within_limit",
            ),
        ]
        indexes = [models.Index(fields=["next_sync_at"], name="integrations_connection_due")]

    def __str__(self) -> str:
        return self.name

    def hubspot_url(self, *, object_type_id: str, record_id: str) -> str:
        """The page of a HubSpot record, `object_type_id` as in 0-1; empty when there is no id."""
        if not record_id:
            return ""
        base = settings.HUBSPOT_APP_BASE_URL or self.hubspot_app_url
        return f"{base}/contacts/{self.hub_id}/record/{object_type_id}/{record_id}"

    def hubspot_list_url(self, *, list_id: str) -> str:
        """The page of a list in HubSpot; empty when there is no id."""
        if not list_id:
            return ""
        base = settings.HUBSPOT_APP_BASE_URL or self.hubspot_app_url
        return f"{base}/contacts/{self.hub_id}/objectLists/{list_id}"

    def salesforce_url(self, *, sobject: str, record_id: str) -> str:
        """The Lightning page of a Salesforce record; empty when there is no id."""
        if not record_id:
            return ""
        return f"{self.sf_instance_url}/lightning/r/{sobject}/{record_id}/view"


class Credential(models.Model):
    """How the connection logs in to one system. Kept apart so that lists of connections never load secrets."""

    class Kind(models.TextChoices):
        HUBSPOT_SERVICE_KEY = "hubspot_service_key", _("Service key")
        HUBSPOT_PRIVATE_APP = "hubspot_private_app", _("Private app token (legacy)")
        HUBSPOT_OAUTH = "hubspot_oauth", _("OAuth")
        SALESFORCE_CLIENT_CREDENTIALS = "salesforce_client_credentials", _("Client credentials")
        SALESFORCE_JWT = "salesforce_jwt", _("JWT bearer")
        SALESFORCE_REFRESH_TOKEN = "salesforce_refresh_token", _("Refresh token")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="credentials", db_index=False
    )
    system = models.CharField(max_length=10, choices=SystemName)
    kind = models.CharField(max_length=32, choices=Kind)
    # key | client_id, client_secret | client_id, username, private_key | client_id, client_secret, refresh_token
    secret = EncryptedJSONField(default=dict)
    # {"access_token": …, "instance_url": …}; empty when there is none yet.
    access = EncryptedJSONField(default=dict, blank=True)
    access_expires_at = models.DateTimeField(null=True, blank=True)
    # Grows with each new access token: whoever saw version n refused renews only if it still is n.
    access_version = models.PositiveIntegerField(default=0)
    renew_lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "system"], name="integrations_credential_one_a_system"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()}: {self.get_kind_display()}"


class ObjectMapping(models.Model):
    """One kind of record that syncs: a HubSpot object and a Salesforce object."""

    class MatchBy(models.TextChoices):
        EMAIL = "email", _("E-mail address")
        DOMAIN = "domain", _("Website domain")
        LINK = "link", _("Linked id only")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="object_mappings", db_index=False
    )
    hubspot_object = models.CharField(max_length=100)
    hubspot_object_type_id = models.CharField(max_length=20)
    salesforce_object = models.CharField(max_length=80)
    label = models.CharField(max_length=80)
    match_by = models.CharField(max_length=6, choices=MatchBy, default=MatchBy.LINK)
    create_in_salesforce = models.BooleanField(default=True)
    create_in_hubspot = models.BooleanField(default=True)
    # Parents have smaller numbers than their children.
    position = models.PositiveSmallIntegerField(default=0)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "hubspot_object", "salesforce_object"],
                name="integrations_objectmapping_one_a_pair",
            )
        ]

    def __str__(self) -> str:
        return f"{self.hubspot_object} - {self.salesforce_object}"


class AssociationMapping(models.Model):
    """A parent of a mapped object: a lookup field in Salesforce, an association in HubSpot."""

    child = models.ForeignKey(
        ObjectMapping, on_delete=models.CASCADE, related_name="parents", db_index=False
    )
    parent = models.ForeignKey(ObjectMapping, on_delete=models.CASCADE, related_name="children")
    salesforce_field = models.CharField(max_length=80)  # the lookup on the child, e.g. AccountId
    association_type_id = models.PositiveIntegerField()  # child to parent, HUBSPOT_DEFINED

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "salesforce_field"], name="integrations_association_one_a_lookup"
            )
        ]

    def __str__(self) -> str:
        return f"{self.child} {self.salesforce_field}"


class PropertyMapping(models.Model):
    """A HubSpot property and a Salesforce field that hold the same thing."""

    class Rule(models.TextChoices):
        PREFER_SALESFORCE = "prefer_salesforce", _("Prefer Salesforce unless blank")
        ALWAYS_SALESFORCE = "always_salesforce", _("Always use Salesforce")
        TWO_WAY = "two_way", _("Two-way")
        NONE = "none", _("Don't sync")

    object_mapping = models.ForeignKey(
        ObjectMapping, on_delete=models.CASCADE, related_name="properties", db_index=False
    )
    hubspot_property = models.CharField(max_length=255)
    salesforce_field = models.CharField(max_length=80)
    rule = models.CharField(max_length=17, choices=Rule, default=Rule.PREFER_SALESFORCE)
    paused = models.BooleanField(default=False)
    # As last seen in the schemas, so that a page can show them without a call.
    hubspot_type = models.CharField(max_length=30, blank=True)
    salesforce_type = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["object_mapping", "hubspot_property", "salesforce_field"],
                name="integrations_propertymapping_one_a_pair",
            )
        ]

    def __str__(self) -> str:
        return f"{self.hubspot_property} - {self.salesforce_field}"


class RecordLink(models.Model):
    """A record of the sync, known by its id in one system or in both."""

    object_mapping = models.ForeignKey(
        ObjectMapping, on_delete=models.CASCADE, related_name="links", db_index=False
    )
    hubspot_id = models.CharField(max_length=40, blank=True)
    salesforce_id = models.CharField(max_length=18, blank=True)
    label = models.CharField(max_length=255, blank=True)
    # The mapped values each side is known to hold, as canonical text: what differs from them is a change, what
    # equals them is our own write coming back. `pending_*` names those that were refused or wait, so that they
    # are carried over at the next try. Two sides, since rules such as "Always use Salesforce" let them differ.
    hubspot_values: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    salesforce_values: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    pending_to_salesforce: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    pending_to_hubspot: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    hubspot_modified_at = models.DateTimeField(null=True, blank=True)
    salesforce_modified_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    # A create was sent and its answer never came: look it up before repeating it.
    create_uncertain = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object_mapping", "hubspot_id"],
                condition=~Q(hubspot_id=""),
                name="integrations_recordlink_one_hubspot",
            ),
            models.UniqueConstraint(
                fields=["object_mapping", "salesforce_id"],
                condition=~Q(salesforce_id=""),
                name="integrations_recordlink_one_salesforce",
            ),
            models.CheckConstraint(
                condition=~Q(hubspot_id="") | ~Q(salesforce_id=""),
                name="integrations_recordlink_has_an_id",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.hubspot_id or self.salesforce_id


class SyncCursor(models.Model):
    """How far one system's changes of one object were read; moved only with the outcomes of a page."""

    object_mapping = models.ForeignKey(
        ObjectMapping, on_delete=models.CASCADE, related_name="cursors", db_index=False
    )
    system = models.CharField(max_length=10, choices=SystemName)
    position: models.JSONField[Any, Any] = models.JSONField(default=dict)
    moved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object_mapping", "system"], name="integrations_synccursor_one_a_side"
            )
        ]

    def __str__(self) -> str:
        return f"{self.object_mapping} {self.system}"


class SchemaCache(models.Model):
    """A describe (each costs a Salesforce call) or a list of HubSpot properties, as last read."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="schemas", db_index=False
    )
    system = models.CharField(max_length=10, choices=SystemName)
    object_name = models.CharField(max_length=100)
    content: models.JSONField[Any, Any] = models.JSONField(default=dict)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "system", "object_name"],
                name="integrations_schemacache_one_an_object",
            )
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.object_name}"


class CallPurpose(models.TextChoices):
    SYNC = "sync", _("Sync")
    RESYNC = "resync", _("Resync")
    SCHEMA = "schema", _("Describe and limits")
    BULK = "bulk", _("Bulk jobs")


class UsageBucket(models.Model):
    """Salesforce calls of one connection in five minutes: made (or in flight) and refused by the wall."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="usage", db_index=False
    )
    start = models.DateTimeField()
    purpose = models.CharField(max_length=6, choices=CallPurpose)
    calls = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "start", "purpose"], name="integrations_usagebucket_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.start} {self.purpose}: {self.calls}"


class AllotmentChange(models.Model):
    """Who set the allotment to what, and when."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="allotment_changes"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    before = models.PositiveIntegerField()
    after = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"
