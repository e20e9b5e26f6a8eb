"""The demo's world: a maker of laboratory instruments that sells in eight countries, the same for a seed.

What fails in it is planted in the simulators' metadata and data (`causes`, `salesforce`, `hubspot`), never in the
product's tables.
"""

from __future__ import annotations

from typing import Any

from flask import current_app

from simulators.store import Store
from simulators.world import build, causes, hubspot, salesforce


def seed(
    store: Store, *, contacts: int = 1500, companies: int = 200, deals: int = 300, seed: int = 1
) -> dict[str, Any]:
    """Puts both systems back to their defaults and fills them; answers how many records each holds.

    The same numbers and seed give the same records. About 1,500 contacts take a second.
    """
    world = build.build(contacts=contacts, companies=companies, deals=deals, seed=seed)
    causes.plant(world, seed=seed, contacts=contacts)
    store.reset()
    with store.write() as db:
        hubspot.load(db, world)
    salesforce.load(current_app.extensions["simulators"]["salesforce"]["org"], world)
    return {
        name: {
            "companies": len(side.companies),
            "contacts": len(side.contacts),
            "deals": len(side.deals),
        }
        for name, side in (("hubspot", world.hubspot), ("salesforce", world.salesforce))
    }
