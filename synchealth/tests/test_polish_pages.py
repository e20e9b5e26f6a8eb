"""What a Polish reader finds on the pages of errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from errors.models import AffectedRecord, SyncError
from errors.recording import record_outcomes
from errors.types import ErrorType
from integrations.models import Connection
from integrations.outcomes import Direction, Failure, Outcome, RecordRef, Status
from tests.people import People

LogIn = Callable[[str], Client]


@pytest.fixture
def polish(people: People, as_user: LogIn) -> Client:
    User.objects.filter(pk=people.operator.pk).update(language="pl")
    return as_user("operator")


def fail(connection: Connection, failure: Failure, number: int = 77) -> SyncError:
    """A contact that `failure` stops; its error."""
    record = RecordRef(
        hubspot_object="contacts",
        salesforce_object="Contact",
        hubspot_id=str(number),
        label=f"Person {number}",
    )
    outcome = Outcome(record, Direction.TO_SALESFORCE, Status.FAILED, (failure,))
    record_outcomes(connection_id=connection.pk, outcomes=[outcome])
    return SyncError.objects.filter(connection=connection).latest("pk")


def test_our_own_sentences_are_in_the_readers_language_on_every_page(
    connection: Connection, polish: Client
) -> None:
    english = "Fjordlys Energi AS has not synced to Salesforce yet"
    error = fail(
        connection,
        Failure(
            "salesforce",
            "SYNC_PARENT_NOT_SYNCED",
            english,
            details={
                "found_without_call": True,
                "blocking_record": {"object": "companies", "hubspot_id": "7"},
            },
        ),
    )
    record = AffectedRecord.objects.get(error=error)

    for page in (
        f"errors/{error.pk}/about/",
        f"errors/{error.pk}/records/",
        f"records/{record.pk}/",
    ):
        text = polish.get(f"/connections/{connection.pk}/{page}").content.decode()
        assert "rekord nie jest jeszcze zsynchronizowany z Salesforce" in text, page
        assert english not in text, page
    assert error.type == ErrorType.ASSOCIATIONS
    assert record.message == english


def test_dates_in_short_are_written_as_poland_writes_them(
    connection: Connection, polish: Client
) -> None:
    SyncError.objects.filter(type=ErrorType.PICKLISTS).update(
        first_seen_at=datetime(2026, 11, 8, 12, tzinfo=UTC)
    )

    page = polish.get(f"/connections/{connection.pk}/sync-health/picklists/").content.decode()

    assert ">08.11.2026</time>" in page
    assert "08-11-2026" not in page
