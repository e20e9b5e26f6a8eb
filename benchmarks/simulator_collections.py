"""Records a second that the Salesforce simulator serves in sObject collections, over a real socket.

    python benchmarks/simulator_collections.py [--records 10000]

The simulators must not be what a measurement of the product measures: 1,000 records a second is the least.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import requests

from simulators.salesforce import defaults
from simulators.testing import start_simulators

FLOOR = 1_000


def main() -> int:
    """Print a line for each kind of call; exit status 1 when one is below the floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    total = parser.parse_args().records // 200 * 200
    slow = []
    with start_simulators() as simulators:
        session = requests.Session()
        form = {
            "grant_type": "client_credentials",
            "client_id": defaults.CLIENT_ID,
            "client_secret": defaults.CLIENT_SECRET,
        }
        token = session.post(
            f"{simulators.salesforce_url}/services/oauth2/token", data=form, timeout=30
        )
        session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        url = f"{simulators.salesforce_url}/services/data/v66.0/"
        rule = {"kind": "duplicate", "name": "Same mail", "fields": ["Email"]}
        simulators.control("POST", "salesforce/objects/Contact/rules", rule)
        account = session.post(url + "sobjects/Account", json={"Name": "Acme"}, timeout=30).json()[
            "id"
        ]
        ids: list[str] = []

        def create(start: int) -> Any:
            rows = [
                {
                    "attributes": {"type": "Contact"}, "LastName": f"Last {number}", "FirstName": "First",
                    "Email": f"person{number}@demo.example", "Phone": "+48 600 000 000", "Title": "Buyer",
                    "MailingCity": "Poznań", "MailingCountry": "Poland", "AccountId": account,
                }
                for number in range(start, start + 200)
            ]  # fmt: skip
            return session.post(url + "composite/sobjects", json={"records": rows}, timeout=60)

        def update(start: int) -> Any:
            rows = [
                {"attributes": {"type": "Contact"}, "id": one, "Title": "Chief buyer"}
                for one in ids[start : start + 200]
            ]
            return session.patch(url + "composite/sobjects", json={"records": rows}, timeout=60)

        def read(start: int) -> Any:
            body = {"ids": ids[start : start + 200], "fields": ["Name", "Email", "SystemModstamp"]}
            return session.post(url + "composite/sobjects/Contact", json=body, timeout=60)

        def measure(name: str, call: Callable[[int], Any]) -> None:
            started = time.perf_counter()
            for start in range(0, total, 200):
                rows = call(start).json()
                if name == "create":
                    ids.extend(one["id"] for one in rows)
            rate = total / (time.perf_counter() - started)
            print(f"{name:<7} {total} records in collections of 200: {rate:,.0f} records a second")
            if rate < FLOOR:
                slow.append(name)

        measure("create", create)
        measure("update", update)
        measure("read", read)
    return int(bool(slow))


if __name__ == "__main__":
    sys.exit(main())
