"""Plants what will fail: each function leaves something in the data that a rule of the metadata refuses.

Numbers are those of a world of 1,500 contacts and shrink or grow with it. `metadata.py` holds the rules.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from simulators.world.build import World, ascii_slug
from simulators.world.names import country

FULL_COMPANY = "Meridian Foods Inc."
WAITING_ACCOUNT = "Fjordlys Energi AS"


def plant(world: World, *, seed: int, contacts: int) -> None:
    """Adds every planted cause to `world`."""
    rng = random.Random(seed + 1)
    scale = contacts / 1500

    def n(usual: int) -> int:
        return max(1, round(usual * scale))

    _picklists(world, rng, n)
    _waiting_for_account(world, n(40))
    _full_association(world, n(5))
    _duplicates(world, rng, n)
    _permissions(world, rng, n(30))
    _values(world, rng, n)
    _mappings(world, rng, n(25))
    _custom_code(world, rng, n)
    _other(world)


def _add_hubspot_contact(world: World, key: str, company: str, **values: object) -> None:
    first, last = str(values.get("first", "Robin")), str(values.get("last", ""))
    row = {
        "first": first,
        "last": last,
        "title": "Laboratory Manager",
        "phone": "",
        "city": "",
        "country": "",
        "buying_role": "",
    }
    row["email"] = f"{ascii_slug(first)}.{ascii_slug(last) or 'lab'}.{key}@forms.example"
    row.update(values)  # type: ignore[arg-type]
    world.hubspot.contacts[key] = row
    if company:
        world.company_of[key] = company


def _shared(world: World) -> list[str]:
    return [key for key in world.hubspot.contacts if key in world.salesforce.contacts]


def _only_hubspot(world: World) -> list[str]:
    return [
        key
        for key in world.hubspot.contacts
        if key.startswith("contact-") and key not in world.salesforce.contacts
    ]


def _picklists(world: World, rng: random.Random, n: Callable[[int], int]) -> None:
    """The option Champion was added in HubSpot and forgotten in Salesforce's restricted picklist."""
    chosen = _only_hubspot(world)[: n(200)]
    for key in chosen:
        world.hubspot.contacts[key]["buying_role"] = "champion"
    for key in rng.sample(_shared(world), min(n(9), len(_shared(world)))):
        world.hubspot.contacts[key]["buying_role"] = "user_buyer"
        world.salesforce.contacts[key]["buying_role"] = ""


def _waiting_for_account(world: World, count: int) -> None:
    """An account whose industry HubSpot does not know, and its people, who wait for it."""
    world.salesforce.companies["fjordlys"] = {
        "name": WAITING_ACCOUNT,
        "domain": "fjordlys-energi.no.example",
        "country": "Norway",
        "city": "Stavanger",
        "phone": "+47 515 200 100",
        "employees": 410,
        "revenue": 88_000_000,
        "customer_number": "C-9001",
        "description": "Offshore wind and storage.",
        "country_code": "NO",
        "industry": "Renewables & Storage",
    }
    norway = country("NO")
    for number in range(count):
        first = norway.first[number % len(norway.first)]
        last = norway.last[(number * 7 + number // 20) % len(norway.last)]
        key = f"fjordlys-{number}"
        world.salesforce.contacts[key] = {
            "first": first,
            "last": last,
            "email": f"{ascii_slug(first)}.{ascii_slug(last)}{number}@fjordlys-energi.no.example",
            "title": "Field Engineer",
            "phone": f"+47 515 201 {100 + number % 900}",
            "city": "Stavanger",
            "country": "Norway",
            "buying_role": "",
        }
        world.company_of[key] = "fjordlys"


def _full_association(world: World, waiting: int) -> None:
    """A company that already has as many contacts as HubSpot allows; Salesforce adds some more."""
    company = {
        "name": FULL_COMPANY,
        "domain": "meridian-foods.us.example",
        "country": "United States",
        "city": "Chicago",
        "phone": "+1 312 555 0100",
        "employees": 2300,
        "revenue": 410_000_000,
        "customer_number": "C-9002",
        "description": "Food safety laboratories on three sites.",
        "country_code": "US",
    }
    world.hubspot.companies["meridian"] = {**company, "industry": "FOOD_PRODUCTION"}
    world.salesforce.companies["meridian"] = {**company, "industry": "Food Production"}
    world.full_company = "meridian"
    usa = country("US")
    for number in range(world.association_limit + waiting):
        first = usa.first[number % len(usa.first)]
        last = usa.last[(number * 5 + number // 20) % len(usa.last)]
        key = f"meridian-{number}"
        row = {
            "first": first,
            "last": last,
            "email": f"{ascii_slug(first)}.{ascii_slug(last)}{number}@meridian-foods.us.example",
            "title": "Food Safety Specialist",
            "phone": f"+1 312 555 {1000 + number}",
            "city": "Chicago",
            "country": "United States",
            "buying_role": "",
        }
        world.salesforce.contacts[key] = dict(row)
        if number < world.association_limit:
            world.hubspot.contacts[key] = dict(row)
        world.company_of[key] = "meridian"


def _duplicates(world: World, rng: random.Random, n: Callable[[int], int]) -> None:
    shared = _shared(world)
    # Two Salesforce contacts with one address: the second cannot become a HubSpot contact.
    for number, key in enumerate(rng.sample(shared, min(n(4), len(shared)))):
        twin = dict(world.salesforce.contacts[key])
        twin["first"], twin["phone"] = (
            f"{twin['first'][0]}.",
            "+1 206 555 0" + str(100 + number),
        )
        world.salesforce.contacts[f"twin-{number}"] = twin
        if key in world.company_of:
            world.company_of[f"twin-{number}"] = world.company_of[key]
    # Somebody in Salesforce already, who filled in a form with a private address: the duplicate rule
    # (same last name and phone) blocks the new contact.
    for number, key in enumerate(rng.sample(shared, min(n(6), len(shared)))):
        known = world.salesforce.contacts[key]
        _add_hubspot_contact(
            world,
            f"private{number}",
            "",
            first=known["first"],
            last=known["last"],
            phone=known["phone"],
            email=f"{ascii_slug(known['first'])}.{ascii_slug(known['last'])}{number}@private.example",
        )
    # A customer number that another account has.
    taken = next(
        (row["customer_number"] for row in world.salesforce.companies.values()),
        "C-10000",
    )
    for number in range(2):
        world.hubspot.companies[f"samenumber-{number}"] = _company(
            f"Harborview Analytics {('East', 'West')[number]} LLC",
            f"harborview-analytics-{number}.us.example",
            customer_number=taken,
        )


def _company(name: str, domain: str, **values: object) -> dict[str, object]:
    return {
        "name": name,
        "domain": domain,
        "country": "United States",
        "city": "Denver",
        "phone": "+1 303 555 0142",
        "employees": 60,
        "revenue": 7_500_000,
        "customer_number": "",
        "description": "",
        "country_code": "US",
        "industry": "RESEARCH",
        **values,
    }


def _permissions(world: World, rng: random.Random, count: int) -> None:
    """The NPS score is filled in HubSpot; the integration user may not edit its field."""
    for key in rng.sample(_shared(world), min(count, len(_shared(world)))):
        world.hubspot.contacts[key]["nps_score"] = rng.randrange(0, 11)


def _values(world: World, rng: random.Random, n: Callable[[int], int]) -> None:
    pool = [key for key in _only_hubspot(world) if not _planted(world, key)]
    rng.shuffle(pool)

    def take(count: int) -> list[str]:
        taken, pool[:] = pool[:count], pool[count:]
        return taken

    for key in take(n(5)):
        world.hubspot.contacts[key]["title"] = (
            "Head of Laboratory, Quality Assurance, Regulatory Affairs, Occupational Safety, Procurement"
            " of Instruments and Deputy Site Manager (acting)"
        )
    for key in take(n(4)):
        row = world.hubspot.contacts[key]
        row["billing_email"] = f"invoices(at){row['email'].split('@')[1]}"
    for number in range(n(4)):
        _add_hubspot_contact(world, f"form{number}", "", first="Newsletter", last="")
    deals = list(world.hubspot.deals)
    for key in rng.sample(deals, min(3, len(deals))):
        world.hubspot.deals[key]["discount"] = 12_500


def _planted(world: World, key: str) -> bool:
    return world.hubspot.contacts[key]["buying_role"] in {"champion", "user_buyer"}


def _mappings(world: World, rng: random.Random, count: int) -> None:
    """A score of the old CRM: still mapped, its Salesforce field is gone."""
    for key in rng.sample(_shared(world), min(count, len(_shared(world)))):
        world.hubspot.contacts[key]["legacy_score"] = rng.randrange(1, 100)
    companies = [key for key in world.hubspot.companies if key in world.salesforce.companies]
    for key in rng.sample(companies, min(6, len(companies))):
        world.hubspot.companies[key]["account_manager"] = rng.choice(("Anna Nowak", "James Carter"))


def _custom_code(world: World, rng: random.Random, n: Callable[[int], int]) -> None:
    """Won without an amount (a validation rule), and revenues that send a flow astray."""
    usable = [key for key, row in world.hubspot.deals.items() if row["discount"] <= 100]
    for key in rng.sample(usable, min(n(8), len(usable))):
        world.hubspot.deals[key].update(hs_stage="closedwon", amount="")
    for number, name in enumerate(("Quillon Energy Corp.", "Westbrook Chemicals plc")):
        world.hubspot.companies[f"flow-{number}"] = _company(
            name, f"giant-{number}.example", revenue=4_200_000_000, employees=48_000
        )


def _other(world: World) -> None:
    """Partner accounts, refused by something that does not say what it is."""
    for number, name in enumerate(("Zephyr Channel Partners", "Alderley Reseller Group")):
        world.hubspot.companies[f"partner-{number}"] = _company(
            name, f"partner-{number}.example", kind="PARTNER"
        )
