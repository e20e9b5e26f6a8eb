from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import IncompleteRead
from pathlib import Path
from typing import Any

import pytest

from simulators.calls import system_of
from simulators.testing import ControlRefused, Simulators, start_simulators


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulators]:
    with start_simulators(tmp_path_factory.mktemp("core-simulators")) as found:
        yield found


@pytest.fixture
def simulators(running: Simulators) -> Simulators:
    running.control("POST", "reset")
    return running


def versions(simulators: Simulators, timeout: float = 30) -> Any:
    url = simulators.salesforce_url + "/services/data"
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return json.loads(answer.read())


def test_state_outlives_a_stop_and_a_kill(tmp_path: Path) -> None:
    with start_simulators(tmp_path) as simulators:
        simulators.control("PATCH", "salesforce/settings", {"org_name": "Kept"})
        simulators.stop()
        assert simulators.process is not None
        assert simulators.process.returncode == 0
        simulators.start()
        assert simulators.control("GET", "salesforce/metadata")["settings"]["org_name"] == "Kept"
        simulators.control("PATCH", "salesforce/settings", {"org_name": "Killed"})
        versions(simulators)
        simulators.process.kill()
        simulators.process.wait()
        simulators.port = 0  # the orphaned worker may hold the old one for a second
        simulators.start()
        assert simulators.control("GET", "salesforce/metadata")["settings"]["org_name"] == "Killed"
        assert len(simulators.control("GET", "calls?system=salesforce")) == 1


def test_control_answers_only_this_machine(simulators: Simulators) -> None:
    asked = urllib.request.Request(
        simulators.base_url + "/control/faults", headers={"X-Forwarded-For": "10.0.0.1"}
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(asked, timeout=30)
    assert refused.value.code == 403


BAD_FAULTS: list[tuple[Any, str]] = [
    ([], "JSON object"),
    ({}, "kind must be one of"),
    ({"kind": "status"}, "status is needed"),
    ({"kind": "status", "status": 42}, "status must be a whole number from 300 to 599"),
    ({"kind": "drop", "rate": 2}, "rate must be a number from 0 to 1"),
    ({"kind": "drop", "count": 0}, "count must be a whole number"),
    ({"kind": "drop", "path": "("}, "not a regular expression"),
    ({"kind": "drop", "system": "sap"}, "system must be one of"),
    ({"kind": "drop", "method": "LOOK"}, "method must be one of"),
    ({"kind": "drop", "color": "red"}, "unknown: color"),
]


@pytest.mark.parametrize(("body", "text"), BAD_FAULTS)
def test_fault_that_makes_no_sense_is_refused_with_the_reason(
    simulators: Simulators, body: Any, text: str
) -> None:
    with pytest.raises(ControlRefused, match=text):
        simulators.control("POST", "faults", body)
    assert simulators.control("GET", "faults") == []


def test_faults_strike_by_path_and_as_often_as_told(simulators: Simulators) -> None:
    simulators.control("POST", "faults", {"system": "hubspot", "kind": "drop"})
    simulators.control(
        "POST", "faults", {"path": "/services/data$", "kind": "status", "status": 502, "count": 2}
    )
    for _ in range(2):
        with pytest.raises(urllib.error.HTTPError, match="502"):
            versions(simulators)
    assert versions(simulators)
    assert [fault["struck"] for fault in simulators.control("GET", "faults")] == [0, 2]
    assert simulators.control("DELETE", "faults") == []


def test_dropped_truncated_late_and_slow_answers(simulators: Simulators) -> None:
    def with_fault(**fault: Any) -> None:
        simulators.control("DELETE", "faults")
        simulators.control("POST", "faults", {"system": "salesforce", "count": 1, **fault})

    with_fault(kind="drop")
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        versions(simulators)
    with_fault(kind="truncate")
    with pytest.raises(IncompleteRead):
        versions(simulators)
    with_fault(kind="timeout", seconds=30)
    with pytest.raises((TimeoutError, socket.timeout)):
        versions(simulators, timeout=0.2)
    with_fault(kind="slow", seconds=0.2)
    started = time.monotonic()
    assert versions(simulators)
    assert time.monotonic() - started >= 0.2


def test_latency_slows_the_api_of_one_system(simulators: Simulators) -> None:
    assert simulators.control("POST", "latency", {"system": "salesforce", "ms": 150}) == {
        "salesforce": 150,
        "hubspot": 0,
    }
    started = time.monotonic()
    versions(simulators)
    assert time.monotonic() - started >= 0.15
    with pytest.raises(ControlRefused, match="ms must be"):
        simulators.control("POST", "latency", {"system": "salesforce", "ms": -1})


def test_calls_are_listed_with_their_time_and_counted_since_a_moment(
    simulators: Simulators,
) -> None:
    versions(simulators)
    (call,) = simulators.control("GET", "calls?system=salesforce")
    assert (call["method"], call["path"], call["status"], call["metered"]) == (
        "GET",
        "/salesforce/services/data",
        200,
        0,
    )
    assert simulators.control("GET", f"calls?since={time.time() + 1}") == []
    with pytest.raises(ControlRefused, match="since must be"):
        simulators.control("GET", "calls/count?since=yesterday")


@pytest.mark.parametrize(
    ("path", "system"),
    [
        ("/salesforce/services/data/v66.0/limits", "salesforce"),
        ("/services/data/v66.0/limits", "salesforce"),
        ("/salesforce/lightning/o/Contact/list", None),
        ("/hubspot/crm/v3/objects/contacts", "hubspot"),
        ("/hubspot/oauth/v1/token", "hubspot"),
        ("/hubspot/contacts/12345/record/0-1/7", None),
        ("/hubspot/contacts/v1/lists", "hubspot"),
        ("/hubspot/oauth/authorize", None),
        ("/control/calls", None),
    ],
)  # fmt: skip
def test_only_api_paths_are_calls(path: str, system: str | None) -> None:
    assert system_of(path) == system
