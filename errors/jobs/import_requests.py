"""What an import is asked for: checked, and stored as a job.

A request: {"mapping": id of an ObjectMapping, "scope": "affected" | "all" | "changed", "since": an ISO time with
"changed", else "", "type": an error type or "", "error": id or null, "view": public id of a SavedView or null,
"filters": what `ErrorFilters.to_query` gives, only where it was asked for}.
The last four narrow "affected"; at most one of them is given.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from accounts.models import User
from common import clock
from errors.filters import ErrorFilters, filtered_errors
from errors.jobs.create import JobCreated, create_job, earlier_job
from errors.models import (
    AffectedRecord,
    BulkJob,
    RecordPresence,
    SavedView,
    SavedViewRecord,
    SyncError,
)
from errors.types import ErrorType
from integrations.models import Connection, ObjectMapping
from integrations.object_labels import shown_label

SCOPES = ("affected", "all", "changed")
# No Salesforce record is older.
EARLIEST = datetime(1999, 1, 1, tzinfo=UTC)
NARROWINGS = ("type", "error", "view", "filters")
# Refused because the records sync by now: the import may be what came to that.
_NOTHING_LEFT = frozenset({"nothing_to_import", "view_of_other_object", "filter_of_other_object"})


class ImportInvalid(Exception):
    """What is asked for makes no sense: for each field a code for programs and a sentence for people."""

    def __init__(self, problems: Mapping[str, tuple[str, str]]) -> None:
        self.problems = dict(problems)
        self.code, self.message = next(iter(self.problems.values()))
        super().__init__(self.message)

    @property
    def messages(self) -> dict[str, str]:
        return {name: message for name, (_code, message) in self.problems.items()}


def start_import(
    *, connection: Connection, values: Mapping[str, Any], user: User | None, idempotency_key: str
) -> JobCreated:
    """Checks what was asked for and stores it as a job, which a worker begins at once.

    `values` as in `import_request`. The same key with the same values gives the same job, also when that has left
    nothing to import. Raises ImportInvalid, and JobRefused for a key of other work. Up to seven queries, whatever the
    number of records.
    """
    reading = _Reading(connection, values)
    try:
        request = reading.request()
    except ImportInvalid as invalid:
        codes = {code for code, _message in invalid.problems.values()}
        if not (codes <= _NOTHING_LEFT and reading.asked) or not earlier_job(
            connection_id=connection.pk, idempotency_key=idempotency_key
        ):
            raise
        request = reading.asked
    return create_job(
        connection_id=connection.pk,
        kind=BulkJob.Kind.IMPORT,
        request=request,
        user=user,
        idempotency_key=idempotency_key,
    )


def import_request(*, connection: Connection, values: Mapping[str, Any]) -> dict[str, Any]:
    """The request that `values` make: "object" (id of an object mapping, or a name of its HubSpot or Salesforce
    object), "scope", "since" (ISO; without an offset it is in the current time zone), "type", "error", "view", and
    "filters", an ErrorFilters of open errors.

    Raises ImportInvalid, which names everything that is wrong.
    """
    return _Reading(connection, values).request()


class _Reading:
    def __init__(self, connection: Connection, values: Mapping[str, Any]) -> None:
        self.connection = connection
        self.values = values
        self.problems: dict[str, tuple[str, str]] = {}
        self.asked: dict[str, Any] = {}  # the request, if there is an object, whatever is wrong

    def request(self) -> dict[str, Any]:
        mapping = self._mapping()
        scope = self._scope()
        since = self._since(scope)
        narrowed = self._narrowed(scope, mapping)
        if mapping is not None:
            self.asked = {"mapping": mapping.pk, "scope": scope, "since": since, **narrowed}
        if self.problems or mapping is None:
            raise ImportInvalid(self.problems)
        return self.asked

    def _wrong(self, name: str, code: str, message: str) -> None:
        self.problems.setdefault(name, (code, message))

    def _text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value).replace("\x00", "").strip()[:200]

    def _mapping(self) -> ObjectMapping | None:
        asked = self._text("object")
        if not asked:
            self._wrong("object", "no_object", _("Choose an object."))
            return None
        mappings = ObjectMapping.objects.filter(connection=self.connection)
        if asked.isascii() and asked.isdigit() and len(asked) < 10:
            found = list(mappings.filter(pk=int(asked)))
        else:
            named = Q(hubspot_object__iexact=asked) | Q(salesforce_object__iexact=asked)
            found = list(mappings.filter(named)[:2])
        if not found:
            self._wrong(
                "object", "unknown_object", _("No object of this name syncs on this connection.")
            )
        elif len(found) > 1:
            self._wrong(
                "object",
                "ambiguous_object",
                _("“%(name)s” syncs with several objects. Give the name in the other system.")
                % {"name": asked},
            )
        elif not found[0].enabled:
            self._wrong(
                "object",
                "object_off",
                _("%(label)s do not sync: their object is switched off in the settings.")
                % {"label": shown_label(found[0])},
            )
        else:
            return found[0]
        return None

    def _scope(self) -> str:
        scope = self._text("scope")
        if scope not in SCOPES:
            self._wrong(
                "scope",
                "unknown_scope",
                _("Choose the affected records, all records, or those changed since a time."),
            )
        return scope

    def _since(self, scope: str) -> str:
        asked = self._text("since")
        if scope != "changed":
            if asked and scope in SCOPES:
                message = _("A time is only for records changed since then.")
                self._wrong("since", "since_without_changed", message)
            return ""
        if not asked:
            self._wrong("since", "no_since", _("Enter since when."))
            return ""
        try:
            moment = parse_datetime(asked)
            if moment is not None and timezone.is_naive(moment):
                moment = timezone.make_aware(moment)
            moment = moment.astimezone(UTC) if moment else None
        except (ValueError, OverflowError):
            moment = None
        if moment is None:
            message = _("Enter a date and a time, such as 2026-05-31T08:00.")
            self._wrong("since", "bad_since", message)
        elif moment > clock.now():
            message = _("This time is still to come. Enter one that has passed.")
            self._wrong("since", "since_in_future", message)
        elif moment < EARLIEST:
            message = _("No Salesforce record is as old as that. Enter a later date, or take all.")
            self._wrong("since", "since_too_early", message)
        else:
            return moment.isoformat()
        return ""

    def _narrowed(self, scope: str, mapping: ObjectMapping | None) -> dict[str, Any]:
        given = [name for name in NARROWINGS if self._text(name)]
        nothing = {"type": "", "error": None, "view": None}
        if given and scope in SCOPES and scope != "affected":
            message = _("Only affected records can be narrowed to errors or a saved view.")
            self._wrong(given[0], "narrowed_without_affected", message)
        elif len(given) > 1:
            message = _("Choose one: an error type, an error, a filter, or a saved view.")
            self._wrong(given[1], "narrowed_twice", message)
        elif given == ["type"]:
            return {**nothing, "type": self._type(mapping)}
        elif given == ["error"]:
            return {**nothing, "error": self._error(mapping)}
        elif given == ["view"]:
            return {**nothing, "view": self._view(mapping)}
        elif given == ["filters"]:
            return {**nothing, "filters": self._filters(mapping)}
        return nothing

    def _type(self, mapping: ObjectMapping | None) -> str:
        asked = self._text("type")
        if asked not in ErrorType.values:
            message = _("“%(value)s” is not one of: %(allowed)s.") % {
                "value": asked[:80],
                "allowed": ", ".join(ErrorType.values),
            }
            self._wrong("type", "unknown_type", message)
        elif mapping is not None and not self._fails(mapping, asked):
            message = _("No record of this object is affected by an error of this type: %(label)s.")
            self._wrong("object", "nothing_to_import", message % {"label": shown_label(mapping)})
        return asked

    def _fails(self, mapping: ObjectMapping, error_type: str) -> bool:
        """Whether a record of the object is affected. One query, along the index of a type's record keys: an error
        may stop records of several objects, so its own object does not tell."""
        keys = Q(record_key__startswith=f"{mapping.hubspot_object}:hs:")
        keys |= Q(record_key__startswith=f"{mapping.salesforce_object}:sf:")
        return RecordPresence.objects.filter(
            keys, connection=self.connection, type=error_type, open_errors__gt=0
        ).exists()

    def _filters(self, mapping: ObjectMapping | None) -> dict[str, str]:
        filters: ErrorFilters = self.values["filters"]
        errors = filtered_errors(connection_id=self.connection.pk, filters=filters)
        if not errors.exists():
            message = _("No open error matches this filter any more.")
            self._wrong("filters", "nothing_to_import", message)
        elif (
            mapping is not None
            and not errors.filter(
                hubspot_object=mapping.hubspot_object, salesforce_object=mapping.salesforce_object
            ).exists()
        ):
            message = _("No error that matches has records of this object: %(label)s.")
            self._wrong(
                "object", "filter_of_other_object", message % {"label": shown_label(mapping)}
            )
        return filters.to_query()

    def _error(self, mapping: ObjectMapping | None) -> int | None:
        asked = self._text("error")
        usable = asked.isascii() and asked.isdigit() and len(asked) < 19
        errors = SyncError.objects.filter(connection=self.connection)
        error = errors.filter(pk=int(asked)).first() if usable else None
        if error is None:
            self._wrong("error", "unknown_error", _("There is no such error on this connection."))
            return None
        if mapping is not None and (error.hubspot_object, error.salesforce_object) != (
            mapping.hubspot_object,
            mapping.salesforce_object,
        ):
            message = _("This error has no records of this object: %(label)s.")
            self._wrong(
                "object", "error_of_other_object", message % {"label": shown_label(mapping)}
            )
        elif not error.open_records:
            message = _("No record is affected by this error any more.")
            self._wrong("error", "nothing_to_import", message)
        return error.pk

    def _view(self, mapping: ObjectMapping | None) -> str | None:
        try:
            handle = uuid.UUID(self._text("view"))
        except ValueError:
            handle = None
        views = SavedView.objects.filter(connection=self.connection)
        view = views.filter(public_id=handle).first() if handle else None
        if view is None:
            message = _("There is no such saved view on this connection.")
            self._wrong("view", "unknown_view", message)
            return None
        members = SavedViewRecord.objects.filter(view=view, record__state=AffectedRecord.State.OPEN)
        if not view.open_records:
            message = _("All records of this view sync by now.")
            self._wrong("view", "nothing_to_import", message)
        elif (
            mapping is not None
            and not members.filter(
                record__hubspot_object=mapping.hubspot_object,
                record__salesforce_object=mapping.salesforce_object,
            ).exists()
        ):
            message = _("No %(label)s in this view still fail.")
            self._wrong("object", "view_of_other_object", message % {"label": shown_label(mapping)})
        return str(view.public_id)
