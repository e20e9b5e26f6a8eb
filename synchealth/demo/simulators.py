"""The demo's side of the simulators: filling them over HTTP, and the credentials they accept."""

from __future__ import annotations

from typing import Any

import requests

# No secrets: they open a fresh simulator on one's own machine and nothing else.
HUBSPOT_SERVICE_KEY = "hs-service-key-simulator-0001"
SALESFORCE_CLIENT_ID = "3MVG9simulatorConnectedApp.SyncHealth.0123456789abcdefghijklmnop"
SALESFORCE_CLIENT_SECRET = "simulator-client-secret-5C0FFEE5C0FFEE"  # noqa: S105 - see above

WORLD = {"contacts": 1500, "companies": 200, "deals": 300, "seed": 1}


class SimulatorRefused(Exception):
    """A control call of the simulators was refused; `str()` holds its status and words."""


def control(base_url: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """POST to /control/ + path and return the parsed answer. Raises SimulatorRefused, requests' exceptions."""
    with requests.Session() as session:
        session.trust_env = False  # no proxy stands between this machine and itself
        answer = session.post(f"{base_url}/control/{path}", json=body or {}, timeout=(5, 300))
    if not answer.ok:
        raise SimulatorRefused(f"{path}: {answer.status_code} {answer.text[:500]}")
    return answer.json()


def fill(base_url: str) -> None:
    """Empty both simulators, then fill them with the demo's world: a filling that was cut off starts over."""
    control(base_url, "reset")
    control(base_url, "seed", WORLD)
