"""Making a connection for real, and stopping and resuming it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.dispatch import Signal

from common import clock
from errors.models import ErrorCounter, ErrorStream
from integrations import connections, usage
from integrations.clients.results import ConnectionFault
from integrations.connections import ConnectionRefused, CredentialInput
from integrations.models import AllotmentChange, Connection, Credential, ObjectMapping
from integrations.signals import connection_resumed, connection_suspended
from integrations.testing import HUBSPOT_SECRET, SALESFORCE_SECRET
from simulators.testing import Simulators
from tests.processes import CeleryWorker

Kind = Credential.Kind
State = Connection.State
pytestmark = pytest.mark.django_db


def create(**values: Any) -> Connection:
    given: dict[str, Any] = {
        "name": "Acme",
        "hubspot_credential": CredentialInput(Kind.HUBSPOT_SERVICE_KEY, dict(HUBSPOT_SECRET)),
        "salesforce_credential": CredentialInput(
            Kind.SALESFORCE_CLIENT_CREDENTIALS, dict(SALESFORCE_SECRET)
        ),
        "user": None,
    }
    return connections.create_connection(**{**given, **values})


@contextmanager
def received(signal: Signal) -> Iterator[list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    def hear(**arguments: Any) -> None:
        heard.append(arguments)

    signal.connect(hear)
    yield heard
    signal.disconnect(hear)


def test_a_new_connection_knows_who_it_joins_and_is_ready_to_sync(simulators: Simulators) -> None:
    made = Connection.objects.get(pk=create().pk)

    assert made.state == State.ACTIVE
    assert made.next_sync_at <= clock.now()
    assert (made.hub_id, made.sf_org_id) == ("146012345", "00D5g000004XyzAEAS")
    assert made.sf_username == "integration@demo.example"
    assert made.sf_instance_url.startswith(simulators.salesforce_url)
    assert (made.daily_limit, made.allotment) == (115_000, 57_500)
    assert ObjectMapping.objects.filter(connection=made).exists()
    assert ErrorCounter.objects.filter(connection=made).count() == 8
    assert ErrorStream.objects.filter(connection=made).count() == 1
    assert AllotmentChange.objects.get(connection=made).after == 57_500


def test_the_calls_of_its_making_are_counted(simulators: Simulators) -> None:
    made = create()

    seen = usage.api_usage(connection_id=made.pk)

    assert seen.used_24h == simulators.control("GET", "calls/count?system=salesforce")["count"] > 0
    assert seen.by_purpose["schema"] == seen.used_24h


def test_the_same_pair_is_not_connected_twice(simulators: Simulators) -> None:
    create(name="First")

    with pytest.raises(ConnectionRefused, match="First") as refused:
        create(name="Second")

    assert refused.value.code == "already_connected"
    assert Connection.objects.count() == 1


def test_one_whose_making_was_killed_halfway_is_made_anew(simulators: Simulators) -> None:
    half = create()
    half.object_mappings.all().delete()
    Connection.objects.update(state=State.PAUSED)

    made = create()

    assert Connection.objects.get().pk == made.pk
    assert made.object_mappings.exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"allotment": 115_001}, "above_limit"),
        ({"allotment": -1}, "negative"),
        ({"hubspot_base_url": "not an address"}, "not_an_address"),
        ({"hubspot_credential": CredentialInput(Kind.HUBSPOT_SERVICE_KEY, {})}, "incomplete_credential"),
        ({"hubspot_credential": CredentialInput(Kind.SALESFORCE_JWT, {"a": "b"})}, "incomplete_credential"),
    ],
    ids=["above-limit", "negative", "address", "no-key", "wrong-system"],
)  # fmt: skip
def test_bad_input_is_refused_and_nothing_is_stored(
    simulators: Simulators, values: dict[str, Any], code: str
) -> None:
    with pytest.raises(ConnectionRefused) as refused:
        create(**values)

    assert refused.value.code == code
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"hubspot_credential": CredentialInput(Kind.HUBSPOT_SERVICE_KEY, {"key": "wrong"})},
        {
            "salesforce_credential": CredentialInput(
                Kind.SALESFORCE_CLIENT_CREDENTIALS, {**SALESFORCE_SECRET, "client_secret": "wrong"}
            )
        },
    ],
    ids=["hubspot", "salesforce"],
)
def test_a_login_that_is_refused_makes_no_connection(
    simulators: Simulators, values: dict[str, Any]
) -> None:
    with pytest.raises(ConnectionFault):
        create(**values)

    assert not Connection.objects.exists()


def test_suspending_is_told_once_with_the_first_reason(
    connection: Connection, django_capture_on_commit_callbacks: Any
) -> None:
    with received(connection_suspended) as heard, django_capture_on_commit_callbacks(execute=True):
        assert connections.suspend(connection=connection, code="invalid_grant", detail="expired")
        assert not connections.suspend(connection=connection, code="OTHER", detail="later")

    assert [(told["connection"], told["code"]) for told in heard] == [(connection, "invalid_grant")]
    connection.refresh_from_db()
    assert (connection.state, connection.suspended_code) == (State.SUSPENDED, "invalid_grant")
    assert connection.suspended_at is not None


def test_resuming_looks_whether_both_logins_work(
    simulators: Simulators, django_capture_on_commit_callbacks: Any
) -> None:
    connection = create()
    connections.suspend(connection=connection, code="invalid_grant", detail="expired")
    simulators.control("PATCH", "salesforce/settings", {"api_enabled": False})
    with pytest.raises(ConnectionFault, match="API_DISABLED"):
        connections.resume(connection=connection)
    connection.refresh_from_db()
    assert connection.state == State.SUSPENDED

    simulators.control("PATCH", "salesforce/settings", {"api_enabled": True})
    with received(connection_resumed) as heard, django_capture_on_commit_callbacks(execute=True):
        connections.resume(connection=connection)

    connection.refresh_from_db()
    assert (connection.state, connection.suspended_code) == (State.ACTIVE, "")
    assert len(heard) == 1


def test_a_credential_of_another_account_does_not_resume_it(simulators: Simulators) -> None:
    connection = create()
    Connection.objects.update(hub_id="999", state=State.SUSPENDED)
    connection.refresh_from_db()

    with pytest.raises(ConnectionFault, match="another_account"):
        connections.resume(connection=connection)


def test_only_an_active_connection_is_paused(connection: Connection) -> None:
    assert connections.pause(connection=connection)
    assert not connections.pause(connection=connection)
    assert connection.state == State.PAUSED


def test_a_hold_ends_at_its_moment_or_in_an_hour_or_when_it_is_released(
    connection: Connection,
) -> None:
    until = clock.now() + timedelta(minutes=5)
    connections.hold(connection=connection, until=until, reason=usage.HELD_BY_ALLOTMENT)
    connection.refresh_from_db()
    assert connection.held_until == until

    connections.hold(connection=connection, until=None, reason="x" * 100)
    connection.refresh_from_db()
    assert connection.held_until is not None
    assert connection.held_until > until

    connections.release(connection=connection)
    connection.refresh_from_db()
    assert connection.held_reason == ""


# --- manage.py connect, doctor ---------------------------------------------------------------------


def connect(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("connect", *arguments, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def secrets_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SALESFORCE_SECRET["client_secret"] + "\n")
    monkeypatch.setenv("HUBSPOT_KEY", HUBSPOT_SECRET["key"])
    monkeypatch.setenv("SALESFORCE_CLIENT_ID", SALESFORCE_SECRET["client_id"])
    monkeypatch.setenv("SALESFORCE_CLIENT_SECRET_FILE", str(file))


def test_the_command_takes_secrets_from_the_environment_and_from_files(
    simulators: Simulators, secrets_in_the_environment: None
) -> None:
    told = connect("Acme", "--allotment", "2000")

    assert "2000 of 115000" in told
    assert SALESFORCE_SECRET["client_secret"] not in told


def test_the_command_takes_secrets_from_standard_input(
    simulators: Simulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"hubspot": HUBSPOT_SECRET, "salesforce": SALESFORCE_SECRET}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(given)))

    assert "Acme" in connect("Acme", "--stdin")


def test_the_command_says_which_part_is_missing(simulators: Simulators) -> None:
    with pytest.raises(CommandError, match="HUBSPOT_KEY"):
        connect("Acme")


def test_the_command_replaces_a_credential_and_resumes(
    simulators: Simulators, secrets_in_the_environment: None
) -> None:
    connection = create()
    connections.suspend(connection=connection, code="invalid_grant", detail="expired")

    connect("--replace", str(connection.pk))

    connection.refresh_from_db()
    assert connection.state == State.ACTIVE


def doctor(*arguments: str) -> tuple[str, int]:
    out = io.StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), int(str(ended.code))
    return out.getvalue(), 0


@pytest.mark.broker
def test_the_doctor_finds_a_healthy_installation_well(
    simulators: Simulators, celery_worker_process: Callable[..., CeleryWorker]
) -> None:
    create()
    celery_worker_process()

    told, status = doctor()

    assert status == 0, told
    assert "both logins work" in told


def test_the_doctor_says_what_is_wrong_and_what_to_do(
    simulators: Simulators, settings: Any
) -> None:
    connection = create()
    settings.FIELD_ENCRYPTION_KEYS = [*settings.FIELD_ENCRYPTION_KEYS, "no key"]
    simulators.control("PATCH", "salesforce/settings", {"api_enabled": False})
    late = clock.now() - timedelta(days=1)
    Connection.objects.update(next_sync_at=late)

    told, status = doctor("--offline")
    assert status == 1
    assert "Key 3 of FIELD_ENCRYPTION_KEYS" in told
    assert "celery -A synchealth beat" in told

    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:2]
    told, status = doctor()
    assert status == 1
    assert "API_DISABLED_FOR_ORG" in told
    assert f"connect --replace {connection.pk}" in told


def test_the_doctor_tells_of_a_credential_that_no_key_opens(
    connection: Connection, settings: Any
) -> None:
    from cryptography.fernet import Fernet

    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    told, status = doctor("--offline")

    assert status == 1
    assert "no key of FIELD_ENCRYPTION_KEYS opens" in told
