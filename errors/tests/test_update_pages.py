"""The page that updates a property: choosing, refusals in place, preview, apply."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from errors.models import AffectedRecord, BulkJob, SavedView, SavedViewRecord, SyncError
from errors.tests.update_connection import fail_contacts, make_updatable, pair
from integrations.models import Connection, PropertyMapping, SchemaCache
from integrations.testing import make_connection
from tests.people import make_people


@pytest.fixture
def connection(db: None) -> Connection:
    return make_updatable()


@pytest.fixture
def error(connection: Connection) -> SyncError:
    return fail_contacts(connection, 12)


@pytest.fixture
def operator(connection: Connection) -> Client:
    client = Client()
    client.force_login(make_people(connection).of("operator"))
    return client


def page(client: Client, connection: Connection, **query: Any) -> Any:
    return client.get(f"/connections/{connection.pk}/update/", query)


def test_without_records_one_chooses_a_type_or_a_view(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    view = SavedView.objects.create(connection=connection, name="<Spring>", total=1)

    text = page(operator, connection).content.decode()

    assert "?type=property-values" in text
    assert f"?view={view.public_id}" in text
    assert "&lt;Spring&gt;" in text
    assert "?type=duplicates" not in text


def test_the_property_of_the_error_is_chosen_at_first(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    text = page(operator, connection, error=error.pk).content.decode()

    assert f'<option value="{pair("jobtitle")}" selected>' in text
    assert "2. What becomes of “Job title”" in text
    assert "3. Preview" not in text

    named = page(operator, connection, error=error.pk, property="tier").content.decode()
    assert f'<option value="{pair("tier")}" selected>' in named


WIDGETS = [
    ("jobtitle", '<input id="update-value" name="value"'),
    ("notes", "<textarea"),
    ("born", 'type="date"'),
    ("score", 'inputmode="decimal"'),
    ("seen", "In UTC, like"),
    ("tier", "&lt;b&gt;Tin&lt;/b&gt; (tin)"),
    ("tags", 'type="checkbox" name="value" value="a"'),
]


@pytest.mark.parametrize(("name", "widget"), WIDGETS)
def test_each_type_of_property_has_its_field(
    operator: Client, connection: Connection, error: SyncError, name: str, widget: str
) -> None:
    assert widget in page(operator, connection, error=error.pk, pair=pair(name)).content.decode()


def test_preview_tells_what_it_would_do_and_writes_nothing(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    answer = page(
        operator,
        connection,
        error=error.pk,
        pair=pair("jobtitle"),
        mode="set",
        value="Head of Lab",
        preview=1,
    )
    text = answer.content.decode()

    assert answer.status_code == 200
    assert "&lt;i&gt;Very&lt;/i&gt; long" in text
    assert "<i>Very" not in text
    assert text.count("<strong>Head of Lab</strong>") == 10
    assert answer.context["preview"].look.records == 12
    assert answer.context["preview"].hubspot_calls == 1
    assert 'value="Head of Lab"' in text  # what was typed is still there
    assert not BulkJob.objects.exists()


@pytest.mark.parametrize(
    ("name", "asked", "field", "said"),
    [
        ("jobtitle", {"value": ""}, "value", "Give a value"),
        ("jobtitle", {"value": "x" * 41}, "value", "at most 40 characters"),
        ("score", {"value": "12,5"}, "value", "not a number"),
        ("score", {"value": "123456"}, "value", "digits before the point"),
        ("born", {"value": "30.09.2026"}, "value", "not a day"),
        ("tier", {"value": "silver"}, "value", "not an option"),
        ("tags", {"value": ["a", "z"]}, "value", "not an option"),
        ("made", {"value": "x"}, "pair", "can only be read"),
        ("jobtitle", {"mode": "shout", "value": "x"}, "mode", "Choose what to do"),
    ],
)
def test_what_cannot_be_is_refused_in_place_and_nothing_typed_is_lost(
    operator: Client,
    connection: Connection,
    error: SyncError,
    name: str,
    asked: dict[str, Any],
    field: str,
    said: str,
) -> None:
    query = {"error": error.pk, "pair": pair(name), "mode": "set", "preview": 1, **asked}
    shown = page(operator, connection, **query)
    posted = operator.post(f"/connections/{connection.pk}/update/", query)

    for answer in (shown, posted):
        text = answer.content.decode()
        assert answer.status_code == 400
        assert re.search(rf'id="(value|pair|mode)-error"[^>]*>[^<]*{re.escape(said)}', text)
        assert list(answer.context["errors"]) == [field]
        typed = asked.get("value")
        if isinstance(typed, str) and field == "value":
            assert f'value="{typed}"' in text
    assert not BulkJob.objects.exists()


def test_a_polish_reader_previews_a_decimal_comma_and_applies_what_hubspot_stores(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    User.objects.filter(name="Operator").update(language="pl")
    asked = {"error": error.pk, "pair": pair("score"), "mode": "set", "preview": 1}

    chosen = page(operator, connection, error=error.pk, pair=pair("score")).content.decode()
    previewed = page(operator, connection, value="12,5", **asked).content.decode()

    assert "Jak 1\xa0250 lub 12,5." in chosen
    assert "<strong>12,5</strong>" in previewed
    apply = previewed[previewed.index('id="preview"') :]
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', apply))
    assert sent["value"] == "12.5"
    operator.post(f"/connections/{connection.pk}/update/", sent)
    assert BulkJob.objects.get().request["value"] == "12.5"


def test_date_that_is_none_is_shown_as_it_was_typed(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    text = page(
        operator, connection, error=error.pk, pair=pair("born"), mode="set", value="soon", preview=1
    ).content.decode()

    assert 'value="soon"' in text
    assert 'type="date"' not in text  # which would show nothing of it


def test_property_of_another_object_or_connection_is_refused(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    for wrong in ("999999", "x", "9" * 30, ""):
        answer = page(operator, connection, error=error.pk, pair=wrong, mode="touch", preview=1)
        assert answer.status_code == 400


@pytest.mark.parametrize(
    "query",
    [{"error": "999999"}, {"error": "x"}, {"error": "9" * 30}, {"type": "moods"}, {"view": "x"}],
)
def test_unknown_records_are_not_found(
    operator: Client, connection: Connection, query: dict[str, str]
) -> None:
    assert page(operator, connection, **query).status_code == 404


def test_records_of_another_connection_are_not_found(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    other = make_connection(name="Other", hub_id="2")
    view = SavedView.objects.create(connection=other, name="Theirs")
    theirs = SyncError.objects.create(
        connection=other,
        fingerprint="00000000-0000-0000-0000-000000000001",
        type="other",
        code="unknown",
        direction="to_salesforce",
        hubspot_object="contacts",
        salesforce_object="Contact",
        opened_at=timezone.now(),
        first_seen_at=timezone.now(),
        last_seen_at=timezone.now(),
    )

    assert page(operator, connection, view=str(view.public_id)).status_code == 404
    assert page(operator, connection, error=theirs.pk).status_code == 404


def test_apply_stores_one_job_however_often_it_is_sent(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    shown = page(
        operator, connection, error=error.pk, pair=pair("tier"), mode="set", value="gold", preview=1
    )
    form = {
        "error": error.pk,
        "pair": pair("tier"),
        "mode": "set",
        "value": "gold",
        "last_id": shown.context["last_id"],
        "idempotency_key": str(shown.context["key"]),
    }
    address = f"/connections/{connection.pk}/update/"

    answers = [operator.post(address, form) for _ in range(2)]

    job = BulkJob.objects.get()
    assert {answer.status_code for answer in answers} == {302}
    assert {answer.headers["Location"] for answer in answers} == {
        f"/connections/{connection.pk}/jobs/{job.public_id}/"
    }
    assert job.request["value"] == "gold"
    assert job.request["error"] == error.pk
    assert job.request["last_id"] == AffectedRecord.objects.latest("pk").pk

    other = operator.post(address, {**form, "value": "tin"})
    assert other.status_code == 409
    assert BulkJob.objects.count() == 1


def test_boxes_are_stored_as_hubspot_has_them(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    PropertyMapping.objects.filter(hubspot_property="tags").update(paused=True)
    operator.post(
        f"/connections/{connection.pk}/update/",
        {"error": error.pk, "pair": pair("tags"), "mode": "set", "value": ["b", "a"]},
    )

    assert BulkJob.objects.get().request["value"] == "b;a"


def test_what_is_not_carried_is_told(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    PropertyMapping.objects.filter(hubspot_property="jobtitle").update(rule="always_salesforce")
    text = page(
        operator, connection, error=error.pk, pair=pair("jobtitle"), mode="touch", preview=1
    ).content.decode()

    assert "The sync will not carry “Job title” to Salesforce" in text


def test_records_on_their_way_to_hubspot_are_told(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    AffectedRecord.objects.update(direction="to_hubspot")
    AffectedRecord.objects.filter(pk=error.records.earliest("pk").pk).update(hubspot_id="")
    answer = page(
        operator, connection, error=error.pk, pair=pair("jobtitle"), mode="touch", preview=1
    )

    assert "on their way from Salesforce to HubSpot" in answer.content.decode()
    assert answer.context["preview"].look.without_hubspot == 1


def test_view_takes_those_that_still_fail_or_all(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    view = SavedView.objects.create(connection=connection, name="V", total=12, open_records=11)
    for row in error.records.all():
        SavedViewRecord.objects.create(view=view, record=row)
    AffectedRecord.objects.filter(pk=error.records.earliest("pk").pk).update(state="resolved")
    query = {"view": str(view.public_id), "pair": pair("jobtitle"), "mode": "touch", "preview": 1}

    some = page(operator, connection, **query)
    every = page(operator, connection, **query, members="all")

    assert some.context["preview"].look.records == 11
    assert every.context["preview"].look.records == 12


def test_schemas_that_were_never_read_are_asked_for(
    operator: Client, connection: Connection, error: SyncError
) -> None:
    SchemaCache.objects.all().delete()
    answer = page(
        operator, connection, error=error.pk, pair=pair("jobtitle"), mode="touch", preview=1
    )

    assert answer.status_code == 400
    assert "have not been read yet" in answer.content.decode()


def test_queries_do_not_grow_with_the_records(
    operator: Client,
    connection: Connection,
    error: SyncError,
    django_assert_num_queries: Any,
) -> None:
    query = {"error": error.pk, "pair": pair("jobtitle"), "mode": "set", "value": "a", "preview": 1}
    kind = {**query, "type": "property-values"}
    del kind["error"]
    page(operator, connection, **query)
    for number in (0, 300):
        if number:
            fail_contacts(connection, number, start=100)
        with django_assert_num_queries(16):
            assert page(operator, connection, **query).context["preview"].look.records in (12, 312)
        with django_assert_num_queries(17):
            page(operator, connection, **kind)
        with django_assert_num_queries(7):
            page(operator, connection)


def test_more_than_a_thousand_are_told_by_the_kept_number(
    operator: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("errors.jobs.update_records.LOOKED_AT", 5)
    error = fail_contacts(connection, 250)
    answer = page(
        operator, connection, error=error.pk, pair=pair("jobtitle"), mode="touch", preview=1
    )
    preview = answer.context["preview"]

    assert (preview.look.records, preview.look.looked_at, preview.look.at_most) == (250, 5, False)
    assert (preview.hubspot_calls, preview.salesforce_calls) == (6, 3)
