"""What a Polish reader finds on the pages of errors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from accounts.models import User
from errors.models import AffectedRecord, BulkJob, SyncError
from errors.recording import record_outcomes
from errors.types import ErrorType
from integrations.models import Connection, ObjectMapping
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


def test_objects_and_types_are_told_in_the_readers_words(
    connection: Connection, polish: Client
) -> None:
    ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    limit = fail(
        connection,
        Failure("hubspot", "LIMIT", "No.", details={"limit": 60, "limit_of": "contact"}),
        78,
    )
    SyncError.objects.filter(pk=limit.pk).update(
        type="associations", code="association-limit-reached"
    )
    reference = fail(
        connection,
        Failure(
            "salesforce",
            "SYNC_REFERENCE_UNMAPPED",
            "Account Manager: a reference field cannot take text from Account manager",
            details={
                "found_without_call": True,
                "hubspot_property": "manager",
                "salesforce_field": "Manager__c",
                "hubspot_type": "string",
                "salesforce_type": "reference",
            },
        ),
        79,
    )
    other = SyncError.objects.get(connection=connection, type=ErrorType.OTHER)

    def told(error: SyncError) -> str:
        address = f"/connections/{connection.pk}/errors/{error.pk}/about/"
        return polish.get(address).content.decode()

    assert "60 powiązań z obiektem: Kontakty" in told(limit)
    panel = polish.get(f"/connections/{connection.pk}/sync-health/associations/")
    assert "<span>Firmy</span>" in panel.content.decode()
    assert "Manager__c zawiera identyfikator innego rekordu; manager ma typ: tekst." in told(
        reference
    )
    assert "Account Manager: pole odwołania nie przyjmie tekstu z Account manager" in told(
        reference
    )
    assert "Zapis z HubSpot do Salesforce: Kontakty" in told(other)
    form = polish.get(f"/connections/{connection.pk}/import/").content.decode()
    assert "Kontakty (Contact)" in form
    polish.post(f"/connections/{connection.pk}/import/", {"object": "contacts", "scope": "all"})
    job = BulkJob.objects.get()
    page = polish.get(f"/connections/{connection.pk}/jobs/{job.public_id}/").content.decode()
    assert "<h1>Import z Salesforce: Kontakty</h1>" in page
