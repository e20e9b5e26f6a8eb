"""Import and Update over the records of all errors that match a panel's filter."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import ApiToken
from errors.filters import ErrorFilters
from errors.jobs import texts
from errors.jobs.import_selection import selection_of
from errors.jobs.update_records import find_selection
from errors.models import AffectedRecord, BulkJob, SyncError
from errors.recording import record_outcomes
from errors.tests.update_connection import fail_contacts, let_contacts_sync, make_updatable, pair
from integrations.models import Connection, ObjectMapping
from integrations.outcomes import Failure, Outcome, RecordRef, Status
from tests.people import People

LogIn = Callable[[str], Client]
LONG = {"type": "property-values", "search": "Person 1"}


@pytest.fixture
def connection(db: None) -> Connection:
    """Twelve contacts with a title that is too long, and three with notes that are."""
    made = make_updatable()
    fail_contacts(made, 12)
    record_outcomes(
        connection_id=made.pk,
        outcomes=[
            Outcome(
                RecordRef("contacts", "Contact", str(n), "", f"Writer {n}"),
                "to_salesforce",
                Status.FAILED,
                (
                    Failure(
                        "salesforce",
                        "STRING_TOO_LONG",
                        "Notes: data value too large",
                        ("Notes__c",),
                        {"hubspot_property": "notes", "salesforce_field": "Notes__c"},
                    ),
                ),
            )
            for n in range(100, 103)
        ],
    )
    return made


@pytest.fixture
def call(connection: Connection, people: People) -> Callable[..., Any]:
    token = ApiToken.issue(user=people.of("operator"), name="test")[1]

    def post(path: str, data: Any, **headers: str) -> Any:
        return Client().post(
            f"/api/v1/connections/{connection.pk}/{path}",
            json.dumps(data),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", **headers},
        )

    return post


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def labels(rows: Any) -> set[str]:
    return set(rows.values_list("label", flat=True))


def test_the_panel_hands_its_filter_to_both(connection: Connection, as_user: LogIn) -> None:
    client = as_user("operator")
    panel = f"/connections/{connection.pk}/sync-health/property-values/"

    plain = text_of(client.get(panel))
    narrowed = text_of(client.get(panel + "?search=Person+1&sort=records"))

    filtered = urlencode({"filter": urlencode(LONG)})
    for start in ("import", "update"):
        assert f"/connections/{connection.pk}/{start}/?type=property-values" in plain
        assert f"/connections/{connection.pk}/{start}/?{filtered}" in narrowed
    assert "Import all matching from Salesforce…" in narrowed


def test_records_are_those_of_the_errors_that_match(connection: Connection) -> None:
    mapping = ObjectMapping.objects.get()
    now = connection.created_at
    filters = ErrorFilters(type=LONG["type"], search=LONG["search"]).to_query()
    asked: dict[str, Any] = {"type": "", "error": None, "view": None, "filters": filters}

    imported = selection_of(asked, mapping=mapping, asked_at=now)
    updated = find_selection(connection_id=connection.pk, asked={"filters": filters})

    twelve = {f"Person {n}" for n in range(1, 13)}
    assert labels(imported.rows) == labels(updated.rows(mapping)) == twelve
    SyncError.objects.filter(details__hubspot_property="jobtitle").update(status="ignored")
    assert labels(imported.rows) == labels(updated.rows(mapping)) == set()


def test_the_import_form_says_what_matches_and_starts_with_it(
    connection: Connection, as_user: LogIn
) -> None:
    client = as_user("operator")
    address = f"/connections/{connection.pk}/import/"
    chosen = urlencode(LONG)

    form = client.get(address, {"filter": chosen})
    started = client.post(
        address,
        {
            "filter": chosen,
            "object": form.context["typed"]["object"],
            "scope": "affected",
            "idempotency_key": "once",
        },
    )
    job = BulkJob.objects.get()

    assert "errors that match: Type: Property values; Search: Person 1" in text_of(form)
    assert form.context["preview"].records == 12
    assert started.status_code == 302
    assert job.request["filters"] == LONG
    assert "Search: Person 1" in dict(texts.texts_of(job).chosen)["Records"]


def test_the_update_page_says_what_matches_and_starts_with_it(
    connection: Connection, as_user: LogIn
) -> None:
    client = as_user("operator")
    address = f"/connections/{connection.pk}/update/"
    asked: dict[str, Any] = {
        "filter": urlencode(LONG),
        "pair": pair("jobtitle"),
        "mode": "set",
        "value": "Head of Lab",
    }

    shown = client.get(address, {**asked, "preview": 1})
    started = client.post(address, {**asked, "idempotency_key": "once"})
    job = BulkJob.objects.get()

    assert "errors that match: Type: Property values; Search: Person 1" in text_of(shown)
    assert f'name="filter" value="{urlencode(LONG).replace("&", "&amp;")}"' in text_of(shown)
    assert shown.context["preview"].look.records == 12
    assert started.status_code == 302
    assert job.request["filters"] == LONG
    assert "Search: Person 1" in dict(texts.texts_of(job).chosen)["Records"]


NONSENSE = [
    ("age=tomorrow", 400, "“tomorrow” is not known here"),
    ("type=moods", 400, "“moods” is not known here"),
    ("status=ignored", 400, "This works on open errors only"),
    ("serch=Person", 400, "Unknown filter: serch"),
    ("garbage", 400, "Unknown filter: garbage"),
]


@pytest.mark.parametrize("start", ["import", "update"])
@pytest.mark.parametrize(("chosen", "status", "told"), NONSENSE)
def test_a_filter_that_makes_no_sense_is_told_and_starts_nothing(
    connection: Connection, as_user: LogIn, start: str, chosen: str, status: int, told: str
) -> None:
    client = as_user("operator")
    address = f"/connections/{connection.pk}/{start}/"

    for answer in (
        client.get(address, {"filter": chosen}),
        client.post(address, {"filter": chosen, "scope": "affected", "object": "contacts"}),
    ):
        assert answer.status_code == status
        assert told in text_of(answer)
    assert not BulkJob.objects.exists()


def test_programs_give_the_filter_as_resync_all_takes_it(
    connection: Connection, call: Callable[..., Any]
) -> None:
    update = {"filters": LONG, "property": "jobtitle", "value": "Head of Lab"}
    load = {"filters": LONG, "object": "contacts", "scope": "affected"}

    seen = call("updates/preview/", update).json()
    updates = [call("updates/", update, **{"Idempotency-Key": "u"}) for _ in range(2)]
    imports = [call("imports/", load, **{"Idempotency-Key": "i"}) for _ in range(2)]

    assert (seen["records"], seen["at_most"]) == (12, False)
    assert {answer.status_code for answer in (*updates, *imports)} == {202}
    assert {job.kind: job.request["filters"] for job in BulkJob.objects.all()} == {
        "update": LONG,
        "import": LONG,
    }
    assert BulkJob.objects.count() == 2


def test_a_request_sent_again_means_its_job_though_that_has_resolved_the_errors(
    connection: Connection, call: Callable[..., Any]
) -> None:
    update = {"filters": LONG, "property": "jobtitle", "value": "Head of Lab"}
    load = {"filters": LONG, "object": "contacts", "scope": "affected"}
    asked = {"updates/": update, "imports/": load}
    first = [call(path, asked[path], **{"Idempotency-Key": path}).json() for path in asked]
    let_contacts_sync(connection, 12)

    again = [call(path, asked[path], **{"Idempotency-Key": path}) for path in asked]
    new = [call(path, asked[path]) for path in asked]

    assert [answer.json()["id"] for answer in again] == [job["id"] for job in first]
    assert [answer.json()["code"] for answer in new] == ["nothing_to_update", "nothing_to_import"]


REFUSED: list[tuple[Any, int, str, str]] = [
    ({"search": "nobody"}, 400, "nothing_to", ""),
    ({"serch": "Person"}, 400, "invalid_filter", "filters"),
    ({"age": "tomorrow"}, 400, "invalid_filter", "age"),
    ("Person", 400, "invalid", "filters"),
]


@pytest.mark.parametrize(("filters", "status", "code", "field"), REFUSED)
def test_programs_are_told_what_is_wrong_with_a_filter(
    connection: Connection,
    call: Callable[..., Any],
    filters: Any,
    status: int,
    code: str,
    field: str,
) -> None:
    update = {"filters": filters, "property": "jobtitle", "value": "Head of Lab"}
    load = {"filters": filters, "object": "contacts", "scope": "affected"}

    for path, asked in (("updates/", update), ("imports/", load)):
        answer = call(path, asked)
        said = answer.json()
        assert (answer.status_code, said["code"].startswith(code)) == (status, True), said
        if field:
            assert list(said["fields"]) == [field]
    assert not BulkJob.objects.exists()


def test_a_match_without_records_of_the_object_is_refused(
    connection: Connection, call: Callable[..., Any]
) -> None:
    ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="companies",
        hubspot_object_type_id="0-2",
        salesforce_object="Account",
        label="Companies",
    )

    answer = call("imports/", {"filters": LONG, "object": "companies", "scope": "affected"})

    assert (answer.status_code, answer.json()["code"]) == (400, "filter_of_other_object")
    assert AffectedRecord.objects.filter(state="open").count() == 15
