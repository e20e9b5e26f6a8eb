from __future__ import annotations

import requests

from simulators.tests.salesforce.conftest import SimulatedOrg


def test_every_answer_of_a_session_counts_whatever_its_status(org: SimulatedOrg) -> None:
    assert org.call("GET", "limits").headers["Sforce-Limit-Info"] == "api-usage=1/115000"
    assert org.call("GET", "sobjects/Contact/0034S000005YJVlQAO").status_code == 404
    assert (
        org.call("POST", "sobjects/Contact", {}).headers["Sforce-Limit-Info"]
        == "api-usage=3/115000"
    )
    assert org.call("GET", "nonsense").headers["Sforce-Limit-Info"] == "api-usage=4/115000"
    assert org.metered() == 4


def test_token_versions_and_dead_sessions_are_free(org: SimulatedOrg) -> None:
    versions = requests.get(f"{org.simulators.salesforce_url}/services/data", timeout=30)
    assert versions.json()[-1] == {
        "label": "Winter '27",
        "url": "/services/data/v68.0",
        "version": "68.0",
    }
    assert "Sforce-Limit-Info" not in versions.headers
    org.control("POST", "sessions/expire")
    assert org.refusal("GET", "limits")[:3] == (
        401,
        "INVALID_SESSION_ID",
        "Session expired or invalid",
    )
    org.log_in()
    assert org.metered() == 0


def test_composite_counts_one_and_a_batch_one_for_each(org: SimulatedOrg) -> None:
    limits = {"method": "GET", "url": "/services/data/v66.0/limits"}
    requests_ = [limits | {"referenceId": f"r{n}"} for n in range(3)]
    org.call("POST", "composite", {"compositeRequest": requests_})
    assert org.metered() == 1
    answer = org.call("POST", "composite/batch", {"batchRequests": [limits] * 3})
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=4/115000"
    assert org.metered() == 4


def test_injected_faults_count_because_the_call_arrived(org: SimulatedOrg) -> None:
    for kind in ({"kind": "status", "status": 503}, {"kind": "drop"}, {"kind": "truncate"}):
        org.simulators.control(
            "POST", "faults", {"system": "salesforce", "path": "limits", "count": 1, **kind}
        )
    statuses = []
    for _ in range(4):
        try:
            statuses.append(org.call("GET", "limits").status_code)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            statuses.append(0)
    assert statuses == [503, 0, 0, 200]
    assert org.metered() == 4


def test_injected_401_does_not_count(org: SimulatedOrg) -> None:
    org.simulators.control(
        "POST", "faults", {"system": "salesforce", "kind": "status", "status": 401, "count": 1}
    )
    assert org.refusal("GET", "limits")[1] == "INVALID_SESSION_ID"
    assert org.metered() == 0
    assert org.call("GET", "limits").headers["Sforce-Limit-Info"] == "api-usage=1/115000"


def test_beyond_the_limit_calls_are_refused_and_not_counted(org: SimulatedOrg) -> None:
    org.control("PATCH", "settings", {"daily_api_limit": 2})
    assert org.call("GET", "limits").json()["DailyApiRequests"]["Remaining"] == 1
    org.call("GET", "limits")
    assert org.refusal("GET", "limits")[:3] == (
        403,
        "REQUEST_LIMIT_EXCEEDED",
        "TotalRequests Limit exceeded.",
    )
    assert org.metered() == 2


def test_api_switched_off_for_the_org(org: SimulatedOrg) -> None:
    org.control("PATCH", "settings", {"api_enabled": False})
    assert org.refusal("GET", "limits")[:2] == (403, "API_DISABLED_FOR_ORG")
