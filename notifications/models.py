"""Who is told what, and every message that was or will be sent. The tables are the queue.

Only `subscriptions`, `cutting`, `alerts`, `notices` and `delivery` write here.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.encryption import EncryptedJSONField
from errors.types import ErrorType
from integrations.models import Connection


def all_types() -> list[str]:
    """The slugs of all eight error types, the default of what somebody is told about."""
    return list(ErrorType.values)


class Frequency(models.TextChoices):
    INSTANT = "instant", _("Instantly")
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")


class Weekday(models.IntegerChoices):
    """As Python numbers them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Choices(models.Model):
    """What a person chooses, and what an admin sets as the default of new members."""

    enabled = models.BooleanField(default=False)
    frequency = models.CharField(max_length=7, choices=Frequency, default=Frequency.DAILY)
    hour = models.PositiveSmallIntegerField(default=8)  # of the reader's day, 0 to 23
    weekday = models.PositiveSmallIntegerField(choices=Weekday, default=Weekday.MONDAY)
    types: models.JSONField[Any, Any] = models.JSONField(default=all_types)
    # A digest although nothing happened in its window.
    when_quiet = models.BooleanField(default=False)
    # Suspension of the connection, and 80 % and 100 % of the allotment.
    about_connection = models.BooleanField(default=True)

    class Meta:
        abstract = True


class DefaultChoices(Choices):
    """What new members of a connection start with; no row: nothing is turned on."""

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.frequency}"


class Channel(models.Model):
    """A place other than a mailbox: a webhook of one's own, or an incoming webhook as Slack has them."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", _("Webhook")
        SLACK = "slack", _("Slack-compatible")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="channels", db_index=True
    )
    kind = models.CharField(max_length=7, choices=Kind)
    name = models.CharField(max_length=80)
    host = models.CharField(max_length=255)  # all that is shown of the address
    # {"url": …, "secret": …}: whoever has a Slack address may post there, so it is a secret as well.
    target = EncryptedJSONField(default=dict)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class Subscription(Choices):
    """One reader of one connection: a person, or a channel. Due times are columns; beat only ticks."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="subscriptions", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="subscriptions",
    )
    channel = models.OneToOneField(
        Channel, null=True, blank=True, on_delete=models.CASCADE, related_name="subscription"
    )

    # Everything up to here is in a digest already; the next window begins behind it.
    last_seq = models.PositiveBigIntegerField(default=0)
    # Instantly: looked for news up to here.
    seen_seq = models.PositiveBigIntegerField(default=0)
    # When the next digest is cut; None: nothing to wait for (off, or instant and nothing new).
    next_due_at = models.DateTimeField(null=True, blank=True)
    last_cut_at = models.DateTimeField(null=True, blank=True)
    # Instantly: no cut before this while a storm lasts.
    calm_at = models.DateTimeField(null=True, blank=True)
    # Held by the worker that is cutting.
    cut_token = models.CharField(max_length=36, blank=True)
    cut_until = models.DateTimeField(null=True, blank=True)

    # What the receiving server said of the address, until a message gets through again.
    refused_at = models.DateTimeField(null=True, blank=True)
    refused_detail = models.CharField(max_length=500, blank=True)
    turned_off_reason = models.CharField(max_length=40, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "user"], name="notifications_subscription_one_a_person"
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True, channel__isnull=False)
                | Q(user__isnull=False, channel__isnull=True),
                name="notifications_subscription_one_reader",
            ),
            models.CheckConstraint(
                condition=Q(hour__lte=23), name="notifications_subscription_hour"
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6), name="notifications_subscription_weekday"
            ),
        ]
        indexes = [
            # Used by the tick that cuts what is due.
            models.Index(
                fields=["next_due_at"],
                condition=Q(enabled=True),
                name="notifications_subscription_due",
            ),
            # Used by the tick that looks for news: instant and not waiting for a cut already.
            models.Index(
                fields=["connection"],
                condition=Q(enabled=True, frequency="instant", next_due_at__isnull=True),
                name="notifications_subscription_idl",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.channel} on {self.connection_id}: {self.frequency}"


class Alert(models.Model):
    """Something that began at a connection and is over, or is not: told when it begins and when it ends."""

    class Kind(models.TextChoices):
        SUSPENDED = "suspended", _("Suspended")
        CALLS_80 = "calls_80", _("80 percent of the allotted API calls are used")
        CALLS_100 = "calls_100", _("The allotted API calls are used up")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="alerts", db_index=False
    )
    kind = models.CharField(max_length=9, choices=Kind)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # Whose beginning was not told (100 % came at once) ends in silence as well.
    told = models.BooleanField(default=True)

    class Meta:
        constraints = [
            # Two workers that see the same suspension begin one alert.
            models.UniqueConstraint(
                fields=["connection", "kind"],
                condition=Q(ended_at__isnull=True),
                name="notifications_alert_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.connection_id}: {self.kind}"


class Digest(models.Model):
    """One message to one reader: cut, claimed, handed over, settled.

    pending -> sending -> sent | pending again (retry) | failed | uncertain; pending -> cancelled.
    """

    class Kind(models.TextChoices):
        ERRORS = "errors", _("Sync errors")
        QUIET = "quiet", _("Nothing happened")
        TEST = "test", _("Test")
        SUSPENDED = "suspended", _("Suspended")
        RESUMED = "resumed", _("Resumed")
        CALLS_80 = "calls_80", _("80 percent of the API calls")
        CALLS_100 = "calls_100", _("API calls used up")
        CALLS_BELOW = "calls_below", _("API calls free again")

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("message", "Waiting to be sent")
        SENDING = "sending", pgettext_lazy("message", "Being sent")
        SENT = "sent", pgettext_lazy("message", "Sent")
        FAILED = "failed", pgettext_lazy("message", "Not sent")
        UNCERTAIN = "uncertain", pgettext_lazy("message", "Sent or not, unknown")
        CANCELLED = "cancelled", pgettext_lazy("message", "Cancelled")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="digests", db_index=False
    )
    kind = models.CharField(max_length=11, choices=Kind)
    # Errors: the events from_seq < seq <= to_seq.
    from_seq = models.PositiveBigIntegerField(null=True, blank=True)
    to_seq = models.PositiveBigIntegerField(null=True, blank=True)
    # Other kinds: what it is about, so that it is told once.
    occasion = models.CharField(max_length=80, blank=True)
    # Frozen at the cut: facts only, no text for people.
    snapshot: models.JSONField[Any, Any] = models.JSONField(default=dict)

    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    # Written right before DATA: with it, a dead worker may have sent; without it, it has not.
    handover_started_at = models.DateTimeField(null=True, blank=True)
    # Grows when somebody sends a sent message once more, and with it the Message-ID changes.
    copy = models.PositiveSmallIntegerField(default=0)
    recipient = models.CharField(max_length=254, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    last_code = models.PositiveSmallIntegerField(null=True, blank=True)  # SMTP's, or HTTP's
    last_error = models.CharField(max_length=500, blank=True)
    reason = models.CharField(max_length=40, blank=True)  # why it failed or was cancelled, a slug

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "from_seq"], name="notifications_digest_one_a_window"
            ),
            models.UniqueConstraint(
                fields=["subscription", "kind", "occasion"],
                condition=~Q(occasion=""),
                name="notifications_digest_one_an_occasion",
            ),
            models.CheckConstraint(
                condition=Q(from_seq__isnull=True) | Q(from_seq__lt=F("to_seq")),
                name="notifications_digest_window",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="notifications_digest_lease",
            ),
        ]
        indexes = [
            # Used by the workers that claim.
            models.Index(
                fields=["not_before", "id"],
                condition=Q(state="pending"),
                name="notifications_digest_queue",
            ),
            # Used by the sweeper.
            models.Index(
                fields=["lease_until"],
                condition=Q(state="sending"),
                name="notifications_digest_leases",
            ),
            models.Index(F("subscription"), F("id").desc(), name="notifications_digest_log"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class DeliveryAttempt(models.Model):
    """One try to hand a message over: the trail that says what the other side answered."""

    class Outcome(models.TextChoices):
        SENT = "sent", pgettext_lazy("attempt", "Accepted")
        DEFERRED = "deferred", pgettext_lazy("attempt", "Not now")
        REFUSED = "refused", pgettext_lazy("attempt", "Refused")
        UNREACHABLE = "unreachable", pgettext_lazy("attempt", "No connection")
        UNCERTAIN = "uncertain", pgettext_lazy("attempt", "No answer")
        LOST = "lost", pgettext_lazy("attempt", "Interrupted")
        BOUNCED = "bounced", pgettext_lazy("attempt", "Came back")

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="log", db_index=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=11, choices=Outcome)
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    worker = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.outcome}"
