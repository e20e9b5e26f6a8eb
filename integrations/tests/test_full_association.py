"""A company that is full refuses every further contact, however many are linked in one call."""

from __future__ import annotations

import pytest

from integrations.clients import HubSpotClient
from simulators.testing import Simulators

pytestmark = pytest.mark.django_db

CONTACT_TO_COMPANY = 279


def test_every_contact_beyond_the_limit_gets_a_refusal_of_its_own(
    simulators: Simulators, hubspot: HubSpotClient
) -> None:
    simulators.control(
        "POST",
        "/hubspot/association-limit",
        {"from": "companies", "to": "contacts", "limit": 2},
    )
    [company] = hubspot.batch_create("companies", [{"properties": {"name": "Full house"}}])
    contacts = hubspot.batch_create(
        "contacts", [{"properties": {"email": f"guest{n}@full.example"}} for n in range(7)]
    )

    results = hubspot.associations_create(
        "contacts", "companies", [(one.id, company.id) for one in contacts], CONTACT_TO_COMPANY
    )

    assert [result.ok for result in results] == [True] * 2 + [False] * 5
    assert all("maximum of 2" in result.failure.message for result in results if result.failure)
