"""Makes the world as plain values: what each system holds before the first sync. Pure; the same for a seed."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from simulators.world import names

FIRST_DAY = date(
    2026, 1, 5
)  # of the business year the world plays in: fixed, so that a seed is a seed

Row = dict[str, Any]


@dataclass
class Side:
    """One system's records by key; keys are the world's own, not ids of either system."""

    companies: dict[str, Row] = field(default_factory=dict)
    contacts: dict[str, Row] = field(default_factory=dict)
    deals: dict[str, Row] = field(default_factory=dict)


@dataclass
class World:
    """`company_of` joins a contact's or deal's key to its company's key, in both systems."""

    hubspot: Side = field(default_factory=Side)
    salesforce: Side = field(default_factory=Side)
    company_of: dict[str, str] = field(default_factory=dict)
    full_company: str = ""
    association_limit: int = 60


def ascii_slug(text: str) -> str:
    """`text` as it stands in a mail address: Dąbrowska -> dabrowska."""
    plain = text.translate(str.maketrans("łŁøØßæÆ", "lLoOsaA"))
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return "".join(ch for ch in plain.lower() if ch.isalnum() or ch in ".-")


def build(*, contacts: int, companies: int, deals: int, seed: int) -> World:
    """A world of about so many records, without any planted cause (simulators.world.causes adds those)."""
    rng = random.Random(seed)
    world = World()
    _companies(world, rng, companies)
    _contacts(world, rng, contacts)
    _deals(world, rng, deals)
    world.association_limit = max(60, 4 * contacts // max(1, companies))
    return world


def _where(rng: random.Random, *, shared: float, hubspot: float) -> str:
    roll = rng.random()
    return "both" if roll < shared else "hubspot" if roll < shared + hubspot else "salesforce"


def _companies(world: World, rng: random.Random, count: int) -> None:
    combos = [
        (word, *fields, country)
        for word in names.COMPANY_WORDS
        for fields in names.COMPANY_FIELDS
        for country in names.COUNTRIES
    ]
    rng.shuffle(combos)
    for number in range(count):
        word, business, hs_industry, sf_industry, country = combos[number % len(combos)]
        again = number // len(combos)
        suffix = f" {again + 1}" if again else ""
        name = f"{word} {business}{suffix} {rng.choice(country.legal_forms)}"
        domain = (
            f"{ascii_slug(word)}-{ascii_slug(business)}{again or ''}.{country.code.lower()}.example"
        )
        common = {
            "name": name,
            "domain": domain,
            "country": country.name,
            "city": rng.choice(country.cities),
            "phone": _phone(rng, country),
            "employees": rng.choice((12, 35, 80, 140, 260, 510, 1200)),
            "revenue": rng.randrange(2, 400) * 250_000,
            "customer_number": f"C-{10_000 + number}",
            "description": f"{business} customer since {rng.randrange(2011, 2026)}.",
            "country_code": country.code,
        }
        key = f"company-{number}"
        where = _where(rng, shared=0.75, hubspot=0.125)
        if where != "salesforce":
            world.hubspot.companies[key] = {**common, "industry": hs_industry}
        if where != "hubspot":
            world.salesforce.companies[key] = {**common, "industry": sf_industry}


def _contacts(world: World, rng: random.Random, count: int) -> None:
    by_code = {country.code: country for country in names.COUNTRIES}
    both = [key for key in world.hubspot.companies if key in world.salesforce.companies]
    taken: set[str] = set()
    for number in range(count):
        company_key = rng.choice(both) if both else ""
        company = world.hubspot.companies.get(company_key)
        country = by_code[company["country_code"]] if company else rng.choice(names.COUNTRIES)
        first, last = rng.choice(country.first), rng.choice(country.last)
        domain = company["domain"] if company else "mail.example"
        local = f"{ascii_slug(first)}.{ascii_slug(last)}"
        email = f"{local}@{domain}"
        if email in taken:
            email = f"{local}{number}@{domain}"
        taken.add(email)
        row = {
            "first": first,
            "last": last,
            "email": email,
            "title": rng.choice(names.JOB_TITLES),
            "phone": _phone(rng, country),
            "city": rng.choice(country.cities),
            "country": country.name,
            "buying_role": rng.choice(("decision_maker", "budget_holder", "influencer", "")),
        }
        key = f"contact-{number}"
        where = _where(rng, shared=0.6, hubspot=0.25)
        if where != "salesforce":
            world.hubspot.contacts[key] = dict(row)
        if where != "hubspot":
            world.salesforce.contacts[key] = dict(row)
        if company_key:
            world.company_of[key] = company_key


# HubSpot's stage id and the stage name both systems show: the team named its pipeline after Salesforce's stages.
STAGES = (
    ("prospecting", "Prospecting"),
    ("qualification", "Qualification"),
    ("needsanalysis", "Needs Analysis"),
    ("proposal", "Proposal/Price Quote"),
    ("closedwon", "Closed Won"),
    ("closedlost", "Closed Lost"),
)


def _deals(world: World, rng: random.Random, count: int) -> None:
    both = [key for key in world.hubspot.companies if key in world.salesforce.companies]
    for number in range(count):
        company_key = rng.choice(both) if both else ""
        company = world.hubspot.companies.get(company_key)
        hs_stage, sf_stage = rng.choice(STAGES)
        row = {
            "name": f"{rng.choice(names.PRODUCTS)} - {company['name'] if company else 'New business'}",
            "amount": rng.randrange(4, 900) * 500,
            "close_date": FIRST_DAY + timedelta(days=rng.randrange(0, 420)),
            "hs_stage": hs_stage,
            "sf_stage": sf_stage,
            "discount": rng.choice((0, 2.5, 5, 7.5, 10)),
        }
        key = f"deal-{number}"
        side = world.hubspot if rng.random() < 0.5 else world.salesforce
        side.deals[key] = row
        if company_key:
            world.company_of[key] = company_key


def _phone(rng: random.Random, country: names.Country) -> str:
    return f"{country.phone} {rng.randrange(200, 999)} {rng.randrange(100, 999)} {rng.randrange(100, 999)}"
