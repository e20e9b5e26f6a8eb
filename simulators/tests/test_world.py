"""The demo's world: the same for a seed, and holding what its rules will refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from simulators.hubspot.defaults import SERVICE_KEY
from simulators.testing import Simulators, start_simulators
from simulators.world import build, causes

DEFAULTS = {"contacts": 1500, "companies": 200, "deals": 300}


def planted(seed: int, **sizes: int) -> build.World:
    sizes = {**DEFAULTS, **sizes}
    world = build.build(**sizes, seed=seed)
    causes.plant(world, seed=seed, contacts=sizes["contacts"])
    return world


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[Simulators]:
    with start_simulators(tmp_path) as running:
        running.control("POST", "/seed", {"contacts": 300, "companies": 40, "deals": 60})
        yield running


def test_a_seed_gives_the_same_world_each_time_and_another_seed_another() -> None:
    assert planted(7) == planted(7)
    assert planted(7) != planted(8)


def test_two_hundred_contacts_have_the_option_that_salesforce_lacks() -> None:
    contacts = planted(1).hubspot.contacts.values()

    assert sum(row["buying_role"] == "champion" for row in contacts) == 200


def test_forty_contacts_wait_for_an_account_that_only_salesforce_has() -> None:
    world = planted(1)

    waiting = [key for key, company in world.company_of.items() if company == "fjordlys"]
    assert len(waiting) == 40
    assert "fjordlys" in world.salesforce.companies
    assert "fjordlys" not in world.hubspot.companies


@pytest.mark.parametrize("contacts", [0, 1, 50, 4000])
def test_a_world_of_any_size_can_be_made(contacts: int) -> None:
    world = planted(1, contacts=contacts, companies=contacts // 8, deals=contacts // 5)

    assert world.salesforce.contacts


def test_no_two_people_of_hubspot_share_an_address() -> None:
    addresses = [row["email"] for row in planted(1).hubspot.contacts.values()]

    assert len(addresses) == len(set(addresses))


def test_the_full_company_takes_no_further_contact(seeded: Simulators) -> None:
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {SERVICE_KEY}"

    def search(kind: str, name: str, value: str) -> str:
        answer = session.post(
            f"{seeded.hubspot_url}/crm/objects/2026-09/{kind}/search",
            json={
                "filterGroups": [
                    {"filters": [{"propertyName": name, "operator": "EQ", "value": value}]}
                ]
            },
            timeout=10,
        )
        return str(answer.json()["results"][0]["id"])

    company = search("companies", "name", causes.FULL_COMPANY)
    other = search("contacts", "firstname", "Newsletter")
    answer = session.put(
        f"{seeded.hubspot_url}/crm/v4/objects/contacts/{other}/associations/default/companies/{company}",
        timeout=10,
    )

    assert answer.status_code == 400
    assert "limit" in answer.json()["message"].lower()
