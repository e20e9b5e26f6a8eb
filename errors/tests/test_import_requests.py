"""What an import may be asked for, and what is said to everything else; the page and the API call."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import ApiToken, User
from common import clock
from errors.jobs import JobRefused
from errors.jobs.import_requests import ImportInvalid, import_request, start_import
from errors.models import AffectedRecord, BulkJob, SavedView, SavedViewRecord, SyncError
from errors.recording import record_outcomes
from errors.types import ErrorType
from integrations.models import Connection, ObjectMapping
from integrations.testing import make_connection
from tests.people import People, record_every_type, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(db: None) -> Connection:
    made = make_connection(name="Northwind")
    record_every_type(made)
    for position, (ours, theirs, label) in enumerate(
        [
            ("companies", "Account", "Companies"),
            ("contacts", "Contact", "Contacts"),
            ("tickets", "Case", "Tickets"),
            ("leads", "Lead", "Leads"),
            ("leads", "Prospect__c", "Prospects"),
        ]
    ):
        ObjectMapping.objects.create(
            connection=made,
            hubspot_object=ours,
            hubspot_object_type_id=f"0-{position}",
            salesforce_object=theirs,
            label=label,
            position=position,
            enabled=label != "Tickets",
        )
    return made


def log_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def contacts(connection: Connection) -> ObjectMapping:
    return connection.object_mappings.get(hubspot_object="contacts")


def view_of(connection: Connection, *, open_records: int = 1) -> SavedView:
    view = SavedView.objects.create(
        connection=connection, name="Mine", total=1, open_records=open_records
    )
    row = AffectedRecord.objects.filter(connection=connection).first()
    assert row is not None
    SavedViewRecord.objects.create(view=view, record=row)
    return view


def ago(**values: int) -> str:
    return (clock.now() - timedelta(**values)).isoformat()


@pytest.mark.parametrize("name", ["contacts", "Contact", "CONTACT"])
def test_the_object_may_be_named_as_either_system_does(connection: Connection, name: str) -> None:
    asked = import_request(connection=connection, values={"object": name, "scope": "all"})

    assert asked == {
        "mapping": contacts(connection).pk,
        "scope": "all",
        "since": "",
        "type": "",
        "error": None,
        "view": None,
    }


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-01-31T08:00", "2026-01-31T07:00:00+00:00"),
        ("2026-01-31", "2026-01-30T23:00:00+00:00"),
        ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00+00:00"),
    ],
)
def test_a_time_without_an_offset_is_the_readers(
    connection: Connection, typed: str, meant: str
) -> None:
    with timezone.override(ZoneInfo("Europe/Warsaw")):
        asked = import_request(
            connection=connection,
            values={"object": "contacts", "scope": "changed", "since": typed},
        )

    assert asked["since"] == meant


AFFECTED = {"object": "contacts", "scope": "affected"}
CHANGED = {"object": "contacts", "scope": "changed"}

BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("nothing", {}, "object", "no_object"),
    ("no object", {"scope": "all"}, "object", "no_object"),
    ("unknown object", {"object": "ships", "scope": "all"}, "object", "unknown_object"),
    ("unknown id", {"object": "987654", "scope": "all"}, "object", "unknown_object"),
    ("endless id", {"object": "9" * 50, "scope": "all"}, "object", "unknown_object"),
    ("object switched off", {"object": "Case", "scope": "all"}, "object", "object_off"),
    ("ambiguous object", {"object": "leads", "scope": "all"}, "object", "ambiguous_object"),
    ("no scope", {"object": "contacts"}, "scope", "unknown_scope"),
    ("unknown scope", {"object": "contacts", "scope": "some"}, "scope", "unknown_scope"),
    ("no time", CHANGED, "since", "no_since"),
    ("a word as time", {**CHANGED, "since": "yesterday"}, "since", "bad_since"),
    ("an impossible time", {**CHANGED, "since": "2026-02-30T10:00"}, "since", "bad_since"),
    ("year 1", {**CHANGED, "since": "0001-01-01T00:00+14:00"}, "since", "bad_since"),
    ("before Salesforce", {**CHANGED, "since": "1970-01-01T00:00"}, "since", "since_too_early"),
    ("the future", {**CHANGED, "since": ago(days=-1)}, "since", "since_in_future"),
    ("a time for all", {"object": "contacts", "scope": "all", "since": ago(days=1)}, "since", "since_without_changed"),
    ("unknown type", {**AFFECTED, "type": "typos"}, "type", "unknown_type"),
    ("unknown error", {**AFFECTED, "error": "987654"}, "error", "unknown_error"),
    ("a word as error", {**AFFECTED, "error": "first"}, "error", "unknown_error"),
    ("endless error", {**AFFECTED, "error": "9" * 50}, "error", "unknown_error"),
    ("unknown view", {**AFFECTED, "view": str(uuid.uuid4())}, "view", "unknown_view"),
    ("a word as view", {**AFFECTED, "view": "mine"}, "view", "unknown_view"),
    ("type and error", {**AFFECTED, "type": "other", "error": "1"}, "error", "narrowed_twice"),
    ("a type of all", {"object": "contacts", "scope": "all", "type": "other"}, "type", "narrowed_without_affected"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field", "code"), [pytest.param(*rest, id=name) for name, *rest in BAD]
)
def test_what_makes_no_sense_is_told_beside_its_field_and_stores_nothing(
    connection: Connection, values: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(ImportInvalid) as refused:
        start_import(connection=connection, values=values, user=None, idempotency_key="k")

    assert refused.value.problems[field][0] == code
    assert refused.value.messages[field]
    assert not BulkJob.objects.exists()


def test_everything_that_is_wrong_is_told_at_once(connection: Connection) -> None:
    with pytest.raises(ImportInvalid) as refused:
        import_request(connection=connection, values={"object": "ships", "scope": "changed"})

    assert set(refused.value.problems) == {"object", "since"}


def test_an_error_or_view_of_other_records_does_not_fit_the_object(connection: Connection) -> None:
    error, view = SyncError.objects.first(), view_of(connection)
    assert error is not None
    for values in ({"error": error.pk}, {"view": view.public_id}):
        with pytest.raises(ImportInvalid) as refused:
            import_request(
                connection=connection,
                values={"object": "companies", "scope": "affected", **values},
            )
        assert refused.value.code.endswith("_of_other_object")


def test_what_has_nothing_left_is_not_started(connection: Connection) -> None:
    error, view = SyncError.objects.first(), view_of(connection, open_records=0)
    assert error is not None
    SyncError.objects.update(open_records=0)
    for values in ({"error": error.pk}, {"view": view.public_id}):
        with pytest.raises(ImportInvalid) as refused:
            import_request(connection=connection, values={**AFFECTED, **values})
        assert refused.value.code == "nothing_to_import"


def test_a_type_that_affects_no_record_of_the_object_is_nothing_to_import(
    connection: Connection, people: People
) -> None:
    asked = {"object": "companies", "scope": "affected", "type": "other"}

    with pytest.raises(ImportInvalid) as refused:
        start_import(connection=connection, values=asked, user=None, idempotency_key="k")
    page = log_in(people.operator).post(page_of(connection), {**asked, "idempotency_key": "k"})

    assert refused.value.problems["object"][0] == "nothing_to_import"
    assert page.status_code == 400
    assert "No record of this object is affected by an error of this type" in page.content.decode()
    assert not BulkJob.objects.exists()
    # Contacts are, also where the error's own object is another one: one error may stop records of several.
    SyncError.objects.filter(type="other").update(hubspot_object="deals")
    import_request(connection=connection, values={**AFFECTED, "type": "other"})


def test_a_result_is_explained_beside_its_number(connection: Connection, people: People) -> None:
    start_import(connection=connection, values=AFFECTED, user=None, idempotency_key="k")
    BulkJob.objects.update(state="finished", result={"read": 3, "meanwhile": 2})
    where = reverse("bulk-job", args=[connection.pk, BulkJob.objects.get().public_id])

    page = log_in(people.operator).get(where).content.decode()

    results = page[page.index('id="results-title"') : page.index('id="chosen-title"')]
    assert "Settled meanwhile" in results
    assert "dealt with these records before their turn came" in results


def test_what_is_of_another_connection_is_not_there(connection: Connection, people: People) -> None:
    other = Connection.objects.exclude(pk=connection.pk).get()
    error, view = SyncError.objects.first(), view_of(connection)
    assert error is not None
    ObjectMapping.objects.create(
        connection=other,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    for values in (
        {"error": error.pk},
        {"view": view.public_id},
        {"object": contacts(connection).pk},
    ):
        with pytest.raises(ImportInvalid) as refused:
            import_request(connection=other, values={**AFFECTED, **values})
        assert refused.value.code.startswith("unknown_")


def test_the_same_key_gives_the_same_import_and_no_other(connection: Connection) -> None:
    def start(**values: Any) -> BulkJob:
        return start_import(
            connection=connection, values={**AFFECTED, **values}, user=None, idempotency_key="k"
        ).job

    assert start().pk == start().pk
    with pytest.raises(JobRefused) as refused:
        start(type="other")
    assert (refused.value.code, refused.value.status_code) == ("key_reused", 409)


def test_the_same_key_gives_the_same_import_when_that_has_left_nothing(
    connection: Connection,
) -> None:
    error = SyncError.objects.filter(hubspot_object="contacts", connection=connection).first()
    view = view_of(connection)
    assert error is not None

    def start(key: str, values: dict[str, Any]) -> BulkJob:
        return start_import(
            connection=connection, values={**AFFECTED, **values}, user=None, idempotency_key=key
        ).job

    made = {
        "e": start("e", {"error": error.pk}),
        "v": start("v", {"view": view.public_id}),
    }
    SyncError.objects.update(open_records=0)
    AffectedRecord.objects.update(state=AffectedRecord.State.RESOLVED)

    assert start("e", {"error": error.pk}) == made["e"]
    assert start("v", {"view": view.public_id}) == made["v"]
    with pytest.raises(JobRefused):
        start("v", {"error": error.pk})
    with pytest.raises(ImportInvalid):
        start("new", {"error": error.pk})


# --- the page ------------------------------------------------------------------------------------


def page_of(connection: Connection, query: str = "") -> str:
    return reverse("import-start", kwargs={"connection_id": connection.pk}) + query


def test_the_form_is_filled_from_the_address(connection: Connection, people: People) -> None:
    client = log_in(people.operator)
    error, view = SyncError.objects.get(type="picklists"), view_of(connection)

    of_error = client.get(page_of(connection, f"?error={error.pk}")).content.decode()
    of_view = client.get(page_of(connection, f"?view={view.public_id}")).content.decode()
    of_type = client.get(page_of(connection, "?type=picklists")).content.decode()

    assert f'name="error" value="{error.pk}"' in of_error
    assert f'<option value="{contacts(connection).pk}" selected>' in of_error
    assert f'name="view" value="{view.public_id}"' in of_view
    assert "Mine" in of_view
    assert '<option value="picklists" selected>Picklists (1)' in of_type
    assert "Tickets" not in of_type, "an object that does not sync cannot be imported"


@pytest.mark.parametrize("query", ["?error=999999", "?error=x", "?type=typos", "?view=x", f"?view={uuid.UUID(int=5)}"])  # fmt: skip
def test_an_address_of_what_is_not_there_is_404(
    connection: Connection, people: People, query: str
) -> None:
    assert log_in(people.operator).get(page_of(connection, query)).status_code == 404


def test_starting_stores_a_job_and_goes_to_its_page(connection: Connection, people: People) -> None:
    client = log_in(people.operator)
    key = client.get(page_of(connection)).context["idempotency_key"]
    sent = {
        "object": str(contacts(connection).pk),
        "scope": "affected",
        "type": "",
        "since": "2030-01-01T00:00",  # hidden by this choice
        "idempotency_key": str(key),
    }

    answers = [client.post(page_of(connection), sent) for _ in range(2)]

    job = BulkJob.objects.get()
    assert (job.kind, job.requested_by, job.request["scope"]) == (
        "import",
        people.operator,
        "affected",
    )
    where = reverse("bulk-job", kwargs={"connection_id": connection.pk, "job_id": job.public_id})
    assert [answer.headers["Location"] for answer in answers] == [where, where]
    page = client.get(where).content.decode()
    assert "Import from Salesforce: Contacts" in page
    assert "All affected records" in page


def test_a_refused_form_keeps_what_was_typed(connection: Connection, people: People) -> None:
    answer = log_in(people.operator).post(
        page_of(connection),
        {"object": str(contacts(connection).pk), "scope": "changed", "since": "2999-01-01T10:00"},
    )

    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'value="2999-01-01T10:00"' in page
    assert 'aria-invalid="true"' in page
    assert "This time is still to come." in page
    assert 'name="scope" value="changed" checked' in page
    assert f'<option value="{contacts(connection).pk}" selected>' in page


def test_a_key_of_other_work_is_a_conflict_told_in_place(
    connection: Connection, people: People
) -> None:
    client = log_in(people.operator)
    sent = {"object": str(contacts(connection).pk), "scope": "all", "idempotency_key": "k"}
    client.post(page_of(connection), sent)

    answer = client.post(page_of(connection), {**sent, "scope": "affected"})

    assert answer.status_code == 409
    assert "was used for other work" in answer.content.decode()


def test_viewers_start_none_and_see_its_progress(connection: Connection, people: People) -> None:
    job = start_import(
        connection=connection, values=AFFECTED, user=people.operator, idempotency_key="k"
    ).job
    viewer = log_in(people.viewer)
    where = reverse("bulk-job", kwargs={"connection_id": connection.pk, "job_id": job.public_id})

    assert viewer.get(page_of(connection)).status_code == 403
    assert viewer.post(page_of(connection), AFFECTED).status_code == 403
    assert viewer.get(where).status_code == 200
    assert log_in(people.stranger).get(page_of(connection)).status_code == 404


def test_the_preview_says_what_it_takes_and_what_is_left(
    connection: Connection, people: People
) -> None:
    client = log_in(people.operator)
    error = SyncError.objects.get(type="picklists")
    SyncError.objects.filter(pk=error.pk).update(open_records=12_000)

    whole = client.get(page_of(connection, f"?error={error.pk}"))
    part = client.get(page_of(connection, f"?error={error.pk}"), headers={"HX-Request": "true"})
    unknown = client.get(page_of(connection, "?scope=all")).context["preview"]

    shown = whole.context["preview"]
    # 75 % of the 10,000 that are allotted are for work on many records.
    assert (shown.records, shown.calls, shown.left, shown.remaining) == (12_000, 61, 7500, 10_000)
    assert "12,000 records: about 61 Salesforce API calls." in part.content.decode()
    assert "<form" not in part.content.decode()
    assert (unknown.records, unknown.calls) == (None, None)


@pytest.mark.parametrize("records", [0, 120])
def test_the_form_costs_the_same_however_many_errors_there_are(
    connection: Connection,
    people: People,
    records: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            refusal(ErrorType.PROPERTY_VALUES, 100 + n, field=f"f{n}") for n in range(records)
        ],
    )
    client = log_in(people.operator)
    error = SyncError.objects.get(type="picklists")
    client.get(page_of(connection))

    with django_assert_num_queries(9):
        client.get(page_of(connection))
    with django_assert_num_queries(12):
        client.get(page_of(connection, f"?error={error.pk}"))


# --- the API -------------------------------------------------------------------------------------


@pytest.fixture
def post(connection: Connection, people: People) -> Callable[..., Any]:
    def send(role: str, data: Any, **headers: str) -> Any:
        token = ApiToken.issue(user=people.of(role), name="test")[1]
        return Client().post(
            f"/api/v1/connections/{connection.pk}/imports/",
            data=json.dumps(data),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", **headers},
        )

    return send


def test_an_import_started_by_the_api_is_a_job(
    connection: Connection, post: Callable[..., Any]
) -> None:
    error = SyncError.objects.get(type="picklists")
    wanted = {"object": "Contact", "scope": "affected", "error": error.pk}

    answers = [post("operator", wanted, **{"Idempotency-Key": "k"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    job = BulkJob.objects.get()
    assert {answer.json()["id"] for answer in answers} == {str(job.public_id)}
    assert (answers[0].json()["kind"], answers[0].json()["state"]) == ("import", "queued")
    assert job.request["error"] == error.pk


@pytest.mark.parametrize(
    ("values", "field", "code"), [pytest.param(*rest, id=name) for name, *rest in BAD]
)
def test_the_api_names_code_and_field(
    post: Callable[..., Any], values: dict[str, Any], field: str, code: str
) -> None:
    answer = post("operator", values)

    assert answer.status_code == 400
    assert field in answer.json()["fields"]
    if len(answer.json()["fields"]) == 1:
        assert answer.json()["code"] == code


@pytest.mark.parametrize(
    "data", [[], "all", {**AFFECTED, "type": ["other"]}, {**AFFECTED, "error": True}], ids=str
)
def test_another_shape_is_refused(post: Callable[..., Any], data: Any) -> None:
    answer = post("operator", data)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_only_operators_start_imports(post: Callable[..., Any]) -> None:
    wanted = {"object": "contacts", "scope": "all"}

    assert post("viewer", wanted).status_code == 403
    assert post("stranger", wanted).status_code == 404
    assert not BulkJob.objects.exists()
    post("operator", wanted, **{"Idempotency-Key": "k"})
    answer = post("operator", {**wanted, "scope": "affected"}, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
