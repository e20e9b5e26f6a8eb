from __future__ import annotations

from typing import Any

import pytest

from simulators.tests.hubspot.conftest import Account

PATH = "/crm/objects/2026-09/companies/search"


@pytest.fixture
def companies(account: Account) -> Account:
    for name, domain, employees, founded in (
        ("Alfa Pumps", "alfa.example", "10", "2001"),
        ("Beta Pumps", "beta.example", "200", ""),
        ("Gamma", "gamma.example", "", "1999"),
    ):
        account.create(
            "companies", name=name, domain=domain, numberofemployees=employees, founded_year=founded
        )
    return account


def names(account: Account, *filters: dict[str, Any], **more: Any) -> list[str]:
    body = {
        "filterGroups": [{"filters": list(filters)}] if filters else [],
        "properties": ["name"],
        **more,
    }
    found = account.call("POST", PATH, body)
    assert found.status_code == 200, found.text
    assert found.json()["total"] == len(found.json()["results"])
    return [each["properties"]["name"] for each in found.json()["results"]]


def by(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "propertyName": name,
        "operator": operator,
        **({} if value is None else {"value": value}),
        **more,
    }


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (by("name", "EQ", "alfa pumps"), ["Alfa Pumps"]),
        (by("domain", "EQ", "BETA.example"), ["Beta Pumps"]),
        (by("domain", "IN", values=["alfa.example", "gamma.example"]), ["Alfa Pumps", "Gamma"]),
        (by("name", "NOT_IN", values=["gamma"]), ["Alfa Pumps", "Beta Pumps"]),
        (by("name", "NEQ", "Gamma"), ["Alfa Pumps", "Beta Pumps"]),
        (by("numberofemployees", "GT", "9"), ["Alfa Pumps", "Beta Pumps"]),
        (by("numberofemployees", "LTE", 10), ["Alfa Pumps"]),
        (by("numberofemployees", "BETWEEN", "100", highValue="200"), ["Beta Pumps"]),
        (by("numberofemployees", "HAS_PROPERTY"), ["Alfa Pumps", "Beta Pumps"]),
        (by("founded_year", "NOT_HAS_PROPERTY"), ["Beta Pumps"]),
        (by("name", "CONTAINS_TOKEN", "pum*"), ["Alfa Pumps", "Beta Pumps"]),
        (by("name", "NOT_CONTAINS_TOKEN", "pumps"), ["Gamma"]),
    ],
)
def test_operators(companies: Account, wanted: dict[str, Any], expected: list[str]) -> None:
    assert names(companies, wanted) == expected


def test_groups_are_joined_by_or_and_filters_by_and(companies: Account) -> None:
    groups = [
        {"filters": [by("name", "CONTAINS_TOKEN", "pumps"), by("numberofemployees", "GT", "50")]},
        {"filters": [by("name", "EQ", "Gamma")]},
    ]
    assert names(companies, filterGroups=groups) == ["Beta Pumps", "Gamma"]


def test_query_looks_into_the_searchable_properties(companies: Account) -> None:
    assert names(companies, query="BETA.exa") == ["Beta Pumps"]


def test_changes_are_found_by_time_in_order(companies: Account) -> None:
    first = companies.call("GET", "/crm/v3/objects/companies?limit=1").json()["results"][0]
    companies.call(
        "PATCH", f"/crm/v3/objects/companies/{first['id']}", {"properties": {"city": "Łódź"}}
    )
    sorts = [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}]
    assert names(companies, sorts=sorts) == ["Beta Pumps", "Gamma", "Alfa Pumps"]
    assert (
        names(companies, by("hs_lastmodifieddate", "GT", first["updatedAt"]), sorts=sorts)[-1]
        == "Alfa Pumps"
    )


def test_pages_follow_after(companies: Account) -> None:
    first = companies.call("POST", PATH, {"limit": 2}).json()
    assert (first["total"], first["paging"]["next"]["after"]) == (3, "2")
    second = companies.call("POST", PATH, {"limit": 2, "after": "2"}).json()
    assert len(second["results"]) == 1
    assert "paging" not in second


def test_links_can_be_searched(companies: Account) -> None:
    company = companies.call("POST", PATH, {"query": "gamma"}).json()["results"][0]["id"]
    contact = companies.create("contacts", email="a@gamma.example")
    companies.link("contacts", contact, "companies", company)
    assert names(companies, by("associations.contact", "EQ", contact)) == ["Gamma"]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 200, "after": "9900"},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [by("name", "EQ", "x")] * 7}]},
        {"filterGroups": [{"filters": [by("name", "EQ", "x")] * 6}] * 4},
        {"filterGroups": [{"filters": [by("nope", "EQ", "x")]}]},
        {"filterGroups": [{"filters": [by("name", "LIKE", "x")]}]},
        {"filterGroups": [{"filters": [by("name", "EQ")]}]},
        {"filterGroups": [{"filters": [by("numberofemployees", "GT", "x")]}]},
        {"sorts": [{"propertyName": "name"}, {"propertyName": "city"}]},
    ],
)
def test_what_hubspot_refuses_is_refused(companies: Account, body: dict[str, Any]) -> None:
    refused = companies.call("POST", PATH, body)
    assert (refused.status_code, refused.json()["category"]) == (400, "VALIDATION_ERROR")
