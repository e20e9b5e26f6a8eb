"""The info dialog and its page, filled by a real sync: what each type tells, to whom, and at what cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Role, User
from errors.models import AffectedRecord, SyncError
from integrations.models import Connection, PropertyMapping, SchemaCache
from simulators.testing import Simulators
from tests.people import make_people, record_every_type

pytestmark = pytest.mark.django_db(transaction=True)

# Session, user, membership, connections of the menu, and the error itself, as on every page below a connection.
EVERY_PAGE = 5


@pytest.fixture
def as_role(synced: Connection) -> Callable[[str], Client]:
    def log_in(role: str) -> Client:
        user = User.objects.create_user(f"{role}@example.com", "x", name=role)
        Membership.objects.create(user=user, connection=synced, role=Role(role))
        client = Client()
        client.force_login(user)
        return client

    return log_in


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    main = answer.content.decode().split("<main", 1)[-1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def page_of(client: Client, error: SyncError) -> str:
    return text_of(client.get(f"/connections/{error.connection_id}/errors/{error.pk}/about/"))


# type, cause, and what a person must read in its dialog
TOLD = [
    ("associations", "waiting-for-account", ["Fjordlys Energi AS", "Its own error The option is missing in HubSpot", "AccountId"]),
    ("associations", "association-limit-reached", ["Meridian Foods Inc.", "60 associations with: Contacts", "View record in HubSpot"]),
    ("custom-code", "flow", ["Flow Credit Check Routing", "No credit analyst is assigned", "Flows in Salesforce Setup"]),
    ("custom-code", "validation-rule", ["Enter the amount before you close an opportunity as won.", "Salesforce does not name it", "Validation rules of Opportunity"]),
    ("duplicates", "email-already-in-use", ["winifred.sinclair@glasswing-pharma.gb.example", "View record in HubSpot", "View record in Salesforce", "W. Sinclair"]),
    ("permissions", "salesforce-field-permission", ["Missing right Edit access to the field", "Contact.NPS_Score__c", "integration@demo.example"]),
    ("picklists", "option-missing-in-salesforce", ["Champion", "Refused", "Only in HubSpot", "3 options that are the same on both sides", "HubSpot has 5, Salesforce 3"]),
    ("property-mappings", "field-missing", ["Contact has no field Legacy_Score__c", "number", "Open the mapping"]),
    ("property-mappings", "reference-mapping-needed", ["reference → User", "Account_Manager__c holds the id of another record"]),
    ("property-values", "value-too-long", ["Value in the last record that failed", "At most 128 characters; in the last record that failed: 139", "139 characters", "string(128)"]),
    ("property-values", "number-out-of-range", ["A number from -999.99 to 999.99", "12500"]),
    ("other", "unknown", ["portal users cannot own partner accounts", "UNKNOWN_EXCEPTION", "Writing from HubSpot to Salesforce: Companies", "Sync Health error"]),
]  # fmt: skip


def test_each_type_tells_its_own_facts(
    synced: Connection, as_role: Callable[[str], Client]
) -> None:
    client = as_role("admin")
    missing: dict[tuple[str, str], str] = {}
    for kind, cause, wanted in TOLD:
        error = SyncError.objects.filter(type=kind, code=cause).order_by("-open_records").first()
        assert error is not None, cause
        said = page_of(client, error)
        missing |= {(cause, part): said for part in wanted if part not in said}

    assert missing == {}


def test_names_of_the_other_record_come_from_what_the_sync_knows(
    synced: Connection, as_role: Callable[[str], Client]
) -> None:
    error = SyncError.objects.get(code="email-already-in-use")
    answer = as_role("viewer").get(f"/connections/{synced.pk}/errors/{error.pk}/about/")

    facts = answer.context["facts"]
    assert facts["salesforce_record"]["label"] == "W. Sinclair"
    assert facts["hubspot_record"]["label"] == "Winifred Sinclair"


def test_the_way_to_the_mapping_is_for_admins_and_the_others_are_told(
    synced: Connection, as_role: Callable[[str], Client]
) -> None:
    error = SyncError.objects.get(code="field-missing")
    row = PropertyMapping.objects.get(salesforce_field="Legacy_Score__c")
    address = f"/connections/{synced.pk}/errors/{error.pk}/about/"

    admin = as_role("admin")
    found = re.search(r'href="([^"]+#property-\d+)"', admin.get(address).content.decode())
    assert found
    assert found[1].endswith(f"/mappings/{row.object_mapping_id}/#property-{row.pk}")
    assert f'id="property-{row.pk}"' in admin.get(found[1]).content.decode()

    operator = as_role("operator").get(address)
    assert "#property-" not in operator.content.decode()
    assert "An admin of this connection can change" in text_of(operator)


def test_a_mapping_that_was_removed_meanwhile_is_told(
    synced: Connection, as_role: Callable[[str], Client]
) -> None:
    PropertyMapping.objects.filter(salesforce_field="Legacy_Score__c").delete()

    said = page_of(as_role("admin"), SyncError.objects.get(code="field-missing"))

    assert "The mapping does not exist any more" in said


def test_options_that_agree_again_are_told_after_the_next_reading(
    synced: Connection, as_role: Callable[[str], Client]
) -> None:
    error = SyncError.objects.get(code="option-missing-in-salesforce", details__value="Champion")
    cache = SchemaCache.objects.get(system="salesforce", object_name="Contact")
    for row in cache.content["rows"]:
        if row["name"] == "Buying_Role__c":
            row["picklistValues"] += [
                {"value": "Champion", "label": "Champion", "active": True},
                {"value": "User Buyer", "label": "User Buyer", "active": False},
            ]
    cache.save()

    said = page_of(as_role("viewer"), error)

    assert "Inactive" in said
    assert "4 options that are the same on both sides" in said


def test_a_long_list_shows_its_differences_and_folds_the_rest(
    synced: Connection, as_role: Callable[[str], Client]
) -> None:
    error = SyncError.objects.filter(code="option-missing-in-salesforce").first()
    assert error is not None
    cache = SchemaCache.objects.get(system="hubspot", object_name="contacts")
    for row in cache.content["rows"]:
        if row["name"] == "buying_role":
            row["options"] = [{"value": f"c{n}", "label": f"Country {n}"} for n in range(250)]
    cache.save()

    answer = as_role("viewer").get(f"/connections/{synced.pk}/errors/{error.pk}/about/")

    assert len(answer.context["differences"]) == 12
    assert len(answer.context["more_differences"]) == 241
    assert "was an option on neither side" in text_of(answer)


def test_without_any_schema_the_dialog_still_tells_what_it_knows(
    synced: Connection, as_role: Callable[[str], Client]
) -> None:
    SchemaCache.objects.all().delete()
    client = as_role("viewer")

    for kind in ("picklists", "property-mappings", "property-values"):
        for error in SyncError.objects.filter(type=kind):
            assert error.details["salesforce_field"] in page_of(client, error)


def test_looking_spends_no_call_and_few_queries_whatever_hangs_on_the_error(
    synced: Connection,
    simulators: Simulators,
    as_role: Callable[[str], Client],
    django_assert_max_num_queries: Any,
) -> None:
    client = as_role("viewer")
    client.get(f"/connections/{synced.pk}/sync-health/")
    before = simulators.control("GET", "calls/count?system=salesforce")["count"]
    for error in SyncError.objects.all():
        one = error.records.first()
        assert one is not None
        AffectedRecord.objects.bulk_create(
            AffectedRecord(
                error=error, connection=synced, type=error.type, direction=error.direction,
                record_key=f"contacts:hs:9{number}", hubspot_object="contacts", salesforce_object="Contact",
                first_seen_at=one.first_seen_at, last_seen_at=one.last_seen_at, write_no=one.write_no,
            )
            for number in range(200)
        )  # fmt: skip
        with django_assert_max_num_queries(EVERY_PAGE + 3):
            answer = client.get(
                f"/connections/{synced.pk}/errors/{error.pk}/about/", headers={"HX-Request": "true"}
            )
        assert answer.status_code == 200

    assert simulators.control("GET", "calls/count?system=salesforce")["count"] == before


def test_the_panel_looks_its_records_up_once_for_all_rows(
    synced: Connection, as_role: Callable[[str], Client], django_assert_num_queries: Any
) -> None:
    client = as_role("viewer")
    address = f"/connections/{synced.pk}/sync-health/duplicates/"
    client.get(address)

    def queries() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    first = queries()
    error = SyncError.objects.get(code="duplicate-value")
    for number in range(40):
        error.pk, error.fingerprint = None, f"00000000-0000-4000-8000-{number:012d}"
        error._state.adding = True
        error.save()

    assert queries() == first


def test_the_api_tells_the_same(synced: Connection, as_role: Callable[[str], Client]) -> None:
    client = as_role("viewer")

    def of(code: str) -> dict[str, Any]:
        error = SyncError.objects.filter(code=code).order_by("-open_records").first()
        assert error is not None
        answer = client.get(f"/api/v1/connections/{synced.pk}/errors/{error.pk}/")
        assert answer.status_code == 200
        return dict(answer.json())

    picklist = of("option-missing-in-salesforce")
    assert picklist["options"][0] == {
        "state": "only_hubspot",
        "hubspot": {"value": "champion", "label": "Champion", "active": True},
        "salesforce": None,
        "refused": True,
    }
    assert of("salesforce-field-permission")["right"] == "Edit access to the field"
    assert of("salesforce-field-permission")["user"] == "integration@demo.example"
    assert (
        of("value-too-long")["demands"]
        == "At most 128 characters; in the last record that failed: 139"
    )
    assert of("reference-mapping-needed")["types"] == {
        "hubspot": "string",
        "salesforce": "reference",
    }
    assert of("flow")["automation"] == {
        "kind": "flow",
        "name": "Credit Check Routing",
        "package": "",
    }
    assert (
        of("waiting-for-account")["record"]["error"]["title"] == "The option is missing in HubSpot"
    )
    assert "UNKNOWN_EXCEPTION" in of("unknown")["support_text"]
    assert all(link["url"] for link in of("flow")["links"])


def test_an_unknown_error_is_not_found(
    synced: Connection, as_role: Callable[[str], Client]
) -> None:
    client = as_role("viewer")

    for error_id in (999_999, 2**70):
        assert client.get(f"/connections/{synced.pk}/errors/{error_id}/about/").status_code == 404


def test_words_of_the_crm_are_shown_as_text(connection: Connection, client: Client) -> None:
    record_every_type(connection)
    client.force_login(make_people(connection).admin)
    evil = "<img src=x onerror=alert(1)>"
    for error in SyncError.objects.filter(connection=connection):
        keys = ("message", "value", "hubspot_property", "salesforce_field", "rule", "api_code")
        error.details = {
            **dict.fromkeys(keys, evil),
            "blocking_record": {"object": evil, "label": evil, "hubspot_id": evil},
            "duplicate": {"hubspot_id": evil, "salesforce_id": evil, "value": evil},
            "automation": {"kind": "flow", "name": evil, "package": evil},
            "scopes": [evil],
        }
        error.save()
        for page in (
            f"/connections/{connection.pk}/errors/{error.pk}/about/",
            f"/connections/{connection.pk}/sync-health/{error.type}/",
        ):
            answer = client.get(page)
            assert answer.status_code == 200
            assert "<img src=x" not in answer.content.decode()
