"""What docker-compose.yml and the Dockerfile promise, read from the files: there may be no Docker where this runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from scripts.paths import PROJECT
from scripts.services import QUEUES

COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["beat", "migrate", "web", "worker"]
LASTING = sorted(set(SERVICES) - {"migrate"})


def test_the_services_are_those_of_the_scaled_form() -> None:
    assert sorted(SERVICES) == ["beat", "migrate", "postgres", "redis", "web", "worker"]


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_is_checked_and_restarted(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["beat", "web", "worker"])
def test_what_needs_the_tables_waits_for_the_migrations(name: str) -> None:
    waits = SERVICES[name]["depends_on"]
    assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert waits["postgres"]["condition"] == waits["redis"]["condition"] == "service_healthy"


@pytest.mark.parametrize("name", OURS)
def test_our_processes_have_no_rights_to_spare(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["read_only"] is True
    assert "no-new-privileges:true" in SERVICES[name]["security_opt"]


def test_no_secret_is_written_down() -> None:
    text = (PROJECT / "docker-compose.yml").read_text()
    secret = r"^\s*(\w*(?:PASSWORD|SECRET|KEYS?|TOKEN)\w*):\s*(\S+)"
    for name, value in re.findall(secret, text, flags=re.MULTILINE):
        assert value.startswith("${"), f"{name} has a literal value"
    for url in re.findall(r"\w+://[^\s@/]+:([^@\s]+)@", text):
        assert url.startswith("${"), "an address holds a literal password"


def test_the_database_and_the_broker_listen_to_no_one_outside() -> None:
    assert "ports" not in SERVICES["postgres"]
    assert "ports" not in SERVICES["redis"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_what_must_outlive_a_container_lies_in_a_volume() -> None:
    for name in ("postgres", "redis"):
        volume = SERVICES[name]["volumes"][0].split(":")[0]
        assert volume in COMPOSE["volumes"]


def test_the_worker_takes_every_queue_that_the_settings_route_to() -> None:
    from django.conf import settings

    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    known = set(QUEUES.split(","))
    assert routed | {settings.CELERY_TASK_DEFAULT_QUEUE} <= known
    assert set(SERVICES["worker"]["command"][5].split(",")) == known


def test_the_image_runs_as_nobody_special_and_has_a_health_check() -> None:
    lines = (PROJECT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["synchealth"]
    assert any(line.startswith("HEALTHCHECK ") for line in lines)
    assert sum(line.startswith("FROM ") for line in lines) == 2


def test_the_image_gets_no_secret_and_no_data() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().split("\n")
    for entry in (".env", ".git", "var", "*.sqlite3", ".venv"):
        assert entry in ignored
