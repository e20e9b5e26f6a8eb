"""The main job, for each of the eight types: a real failure, its cause fixed in the CRM, Resync, gone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests

from errors.counters import find_drift
from errors.models import ErrorCounter, SyncError
from errors.resync import create_batch
from errors.tasks import run_resync
from errors.types import ErrorType
from integrations import usage
from integrations.models import Connection
from integrations.testing import HUBSPOT_SECRET
from simulators.testing import Simulators

pytestmark = pytest.mark.django_db(transaction=True)


def resync(error: SyncError) -> SyncError:
    batch = create_batch(
        connection_id=error.connection_id,
        error_ids=[error.pk],
        user=None,
        idempotency_key=str(uuid.uuid4()),
    ).batch
    run_resync(batch.pk)
    error.refresh_from_db()
    return error


def rule_off(simulators: Simulators, sobject: str, name: str) -> None:
    rules = simulators.control("GET", "salesforce/metadata")["objects"][sobject]["rules"]
    [found] = [rule for rule in rules if rule["name"] == name]
    simulators.control("PATCH", f"salesforce/rules/{found['id']}", {"active": False})


def shorten_titles(simulators: Simulators, error: SyncError) -> None:
    ids = error.records.values_list("hubspot_id", flat=True)
    answer = requests.post(
        f"{simulators.hubspot_url}/crm/v3/objects/contacts/batch/update",
        json={"inputs": [{"id": one, "properties": {"jobtitle": "Head of Lab"}} for one in ids]},
        headers={"Authorization": f"Bearer {HUBSPOT_SECRET['key']}"},
        timeout=10,
    )
    answer.raise_for_status()


Fix = Callable[[Simulators, SyncError], Any]

# type, cause, and what a person does in the CRM
FIXES: list[tuple[ErrorType, str, Fix]] = [
    (
        ErrorType.ASSOCIATIONS,
        "waiting-for-account",
        lambda crm, error: crm.control(
            "POST",
            "hubspot/properties/companies/industry",
            {"add_option": {"label": "Renewables & Storage", "value": "RENEWABLES_STORAGE"}},
        ),
    ),
    (
        ErrorType.ASSOCIATIONS,
        "association-limit-reached",
        lambda crm, error: crm.control(
            "POST",
            "hubspot/association-limit",
            {"from": "companies", "to": "contacts", "limit": None},
        ),
    ),
    (
        ErrorType.CUSTOM_CODE,
        "validation-rule",
        lambda crm, error: rule_off(crm, "Opportunity", "Won_Needs_Amount"),
    ),
    (
        ErrorType.CUSTOM_CODE,
        "flow",
        lambda crm, error: rule_off(crm, "Account", "Credit Check Routing"),
    ),
    (
        ErrorType.DUPLICATES,
        "salesforce-duplicate-rule",
        lambda crm, error: rule_off(crm, "Contact", "Same person, same phone"),
    ),
    (
        ErrorType.PERMISSIONS,
        "salesforce-field-permission",
        lambda crm, error: crm.control(
            "PATCH", "salesforce/objects/Contact/fields/NPS_Score__c", {"editable": True}
        ),
    ),
    (
        ErrorType.PICKLISTS,
        "option-missing-in-salesforce",
        lambda crm, error: crm.control(
            "PATCH",
            "salesforce/objects/Contact/fields/Buying_Role__c",
            {
                "options": [
                    *("Decision Maker", "Budget Holder", "Influencer"),
                    *("User Buyer", "Champion"),
                ]
            },
        ),
    ),
    (
        ErrorType.PROPERTY_MAPPINGS,
        "field-missing",
        lambda crm, error: crm.control(
            "POST",
            "salesforce/objects/Contact/fields",
            {"name": "Legacy_Score__c", "type": "double", "label": "Legacy Score", "precision": 5},
        ),
    ),
    (ErrorType.PROPERTY_VALUES, "value-too-long", shorten_titles),
    (
        ErrorType.OTHER,
        "unknown",
        lambda crm, error: rule_off(crm, "Account", "Partner guard"),
    ),
]


def test_the_first_sync_of_the_world_fails_in_all_eight_ways(synced: Connection) -> None:
    counters = ErrorCounter.objects.filter(connection=synced, open_errors__gt=0)

    assert {counter.type for counter in counters} == set(ErrorType)


@pytest.mark.parametrize(("kind", "cause", "fix"), [pytest.param(*one, id=one[1]) for one in FIXES])
def test_the_cause_fixed_in_the_crm_and_resync_make_the_error_go(
    synced: Connection, simulators: Simulators, kind: ErrorType, cause: str, fix: Fix
) -> None:
    error = SyncError.objects.filter(
        connection=synced, type=kind, code=cause, status=SyncError.Status.OPEN
    ).first()
    assert error is not None
    assert resync(error).status == SyncError.Status.OPEN, "nothing was fixed yet"

    fix(simulators, error)

    assert resync(error).status == SyncError.Status.RESOLVED
    assert error.open_records == 0
    metered = simulators.control("GET", "calls/count?system=salesforce")["count"]
    assert usage.api_usage(connection_id=synced.pk).used_24h == metered
    assert find_drift(connection_id=synced.pk) == []
