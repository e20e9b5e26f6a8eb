"""Logging in with each kind of credential, renewing once, and keeping secrets secret."""

from __future__ import annotations

import io
import logging
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.db import connections

from common import clock
from integrations import credentials
from integrations.clients import open_clients
from integrations.clients.logins import audience
from integrations.clients.results import ConnectionFault, TransientFault
from integrations.models import CallPurpose, Connection, Credential, SystemName
from integrations.testing import HUBSPOT_SECRET, SALESFORCE_SECRET, make_connection
from simulators.testing import Simulators

HUBSPOT, SALESFORCE = SystemName.HUBSPOT, SystemName.SALESFORCE
Kind = Credential.Kind
LOGIN = "oauth2/token"


def logins(simulators: Simulators) -> int:
    calls = simulators.control("GET", "calls?system=salesforce")
    return sum(LOGIN in call["path"] for call in calls)


def salesforce_works(connection: Connection) -> bool:
    with open_clients(connection=connection, purpose=CallPurpose.SYNC) as clients:
        person = str(clients.salesforce.user_info()["preferred_username"])
        return person == "integration@demo.example"


def test_client_credentials_log_in(connection: Connection) -> None:
    assert salesforce_works(connection)


def test_a_jwt_signed_with_the_stored_key_logs_in(
    connection: Connection, simulators: Simulators
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    simulators.control("POST", "salesforce/certificate", {"pem": public.decode()})
    secret = {
        "client_id": SALESFORCE_SECRET["client_id"],
        "username": "integration@demo.example",
        "private_key": private.decode(),
    }
    credentials.store(
        connection=connection, system=SALESFORCE, kind=Kind.SALESFORCE_JWT, secret=secret
    )

    assert salesforce_works(connection)


def test_a_refresh_token_logs_in(connection: Connection, simulators: Simulators) -> None:
    known = simulators.control("GET", "salesforce/defaults")
    secret = {**SALESFORCE_SECRET, "refresh_token": known["refresh_token"]}
    credentials.store(
        connection=connection, system=SALESFORCE, kind=Kind.SALESFORCE_REFRESH_TOKEN, secret=secret
    )

    assert salesforce_works(connection)


def hubspot_oauth(simulators: Simulators) -> dict[str, str]:
    """A grant of the simulated account, as its consent page gives it."""
    from simulators.hubspot import defaults

    app = {
        "client_id": defaults.OAUTH_CLIENT_ID,
        "client_secret": defaults.OAUTH_CLIENT_SECRET,
    }
    back = "http://127.0.0.1:8000/back"
    asked = {
        "client_id": app["client_id"],
        "redirect_uri": back,
        "scope": "oauth crm.objects.contacts.read",
    }
    person = {"email": defaults.LOGIN_EMAIL, "password": defaults.LOGIN_PASSWORD, "answer": "grant"}
    sent = requests.post(
        f"{simulators.hubspot_url}/oauth/authorize",
        params=asked, data=person, allow_redirects=False, timeout=30,
    )  # fmt: skip
    code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
    form = {**app, "grant_type": "authorization_code", "code": code, "redirect_uri": back}
    granted = requests.post(f"{simulators.hubspot_url}/oauth/2026-09/token", data=form, timeout=30)
    return {**app, "refresh_token": granted.json()["refresh_token"]}


def test_hubspot_oauth_logs_in_and_renews_a_token_that_has_ended(
    connection: Connection, simulators: Simulators
) -> None:
    secret = hubspot_oauth(simulators)
    credentials.store(connection=connection, system=HUBSPOT, kind=Kind.HUBSPOT_OAUTH, secret=secret)
    with open_clients(connection=connection, purpose=CallPurpose.SYNC) as clients:
        clients.hubspot.batch_read("contacts", ["1"], ["email"])
        simulators.control("POST", "hubspot/expire-tokens")

        clients.hubspot.batch_read("contacts", ["1"], ["email"])

    credential = Credential.objects.get(connection=connection, system=HUBSPOT)
    assert credential.access_version == 3  # stored anew, logged in, renewed
    assert credential.access_expires_at is not None


def test_a_token_is_used_again_and_renewed_shortly_before_it_ends(
    connection: Connection, simulators: Simulators
) -> None:
    first = credentials.access_for(connection=connection, system=SALESFORCE)
    ends = clock.now() + timedelta(minutes=30)
    Credential.objects.filter(system=SALESFORCE).update(access_expires_at=ends)

    again = credentials.access_for(connection=connection, system=SALESFORCE)
    with time_machine.travel(ends - timedelta(seconds=30), tick=False):
        renewed = credentials.access_for(connection=connection, system=SALESFORCE)

    assert (first.token, first.version) == (again.token, again.version)
    assert renewed.version == first.version + 1
    assert logins(simulators) == 2


@pytest.mark.django_db(transaction=True)
def test_eight_workers_that_are_refused_together_log_in_once(simulators: Simulators) -> None:
    connection = make_connection()
    simulators.control("POST", "latency", {"system": "salesforce", "ms": 300})
    old = credentials.access_for(connection=connection, system=SALESFORCE)
    before = logins(simulators)
    tokens: list[str] = []

    def renew() -> None:
        try:
            access = credentials.renew(
                connection=connection, system=SALESFORCE, refused_version=old.version
            )
            tokens.append(access.token)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(tokens) == 8
    assert set(tokens) != {old.token}
    assert (len(set(tokens)), logins(simulators) - before) == (1, 1)


def test_a_worker_that_died_while_logging_in_is_waited_for_no_longer_than_its_lease(
    connection: Connection,
) -> None:
    past = clock.now() - timedelta(seconds=1)
    Credential.objects.filter(system=SALESFORCE).update(renew_lease_until=past)

    assert credentials.access_for(connection=connection, system=SALESFORCE).token


def test_a_refused_login_gives_the_lease_back_and_says_what_salesforce_said(
    connection: Connection,
) -> None:
    wrong = {**SALESFORCE_SECRET, "client_secret": "wrong-secret-7d0f"}
    credentials.store(
        connection=connection,
        system=SALESFORCE,
        kind=Kind.SALESFORCE_CLIENT_CREDENTIALS,
        secret=wrong,
    )

    with pytest.raises(ConnectionFault) as refused:
        credentials.access_for(connection=connection, system=SALESFORCE)

    assert refused.value.code == "invalid_client"
    assert Credential.objects.get(system=SALESFORCE).renew_lease_until is None


def test_a_login_server_that_is_busy_does_not_stop_the_connection(
    connection: Connection, simulators: Simulators
) -> None:
    fault = {"system": "salesforce", "path": LOGIN, "kind": "status", "status": 503}
    simulators.control("POST", "faults", fault)

    with pytest.raises(TransientFault):
        credentials.access_for(connection=connection, system=SALESFORCE)


def test_a_key_that_is_no_key_is_told_without_showing_it(connection: Connection) -> None:
    secret = {"client_id": "x", "username": "y", "private_key": "not-a-key-93ab"}
    credentials.store(
        connection=connection, system=SALESFORCE, kind=Kind.SALESFORCE_JWT, secret=secret
    )

    with pytest.raises(ConnectionFault) as refused:
        credentials.access_for(connection=connection, system=SALESFORCE)

    assert refused.value.code == "invalid_private_key"
    assert "93ab" not in repr(refused.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("http://127.0.0.1:8100/salesforce", "http://127.0.0.1:8100/salesforce"),
    ],
    ids=["login", "my-domain", "sandbox", "simulator"],
)
def test_an_assertion_is_meant_for_the_login_server(address: str, expected: str) -> None:
    assert audience(address) == expected


def test_no_secret_or_token_is_in_a_log_a_text_or_the_database(
    connection: Connection, simulators: Simulators, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    with open_clients(connection=connection, purpose=CallPurpose.SYNC) as clients:
        clients.salesforce.limits()
        clients.hubspot.account_details()
        access = credentials.access_for(connection=connection, system=SALESFORCE)
        simulators.control("POST", "salesforce/sessions/expire")
        clients.salesforce.limits()
        renewed = credentials.access_for(connection=connection, system=SALESFORCE)
        simulators.control("POST", "faults", {"kind": "status", "status": 401})
        for call in (clients.salesforce.limits, clients.hubspot.account_details):
            with pytest.raises(ConnectionFault) as refused:
                call()
            seen += [
                repr(refused.value),
                str(refused.value),
                repr(refused.getrepr(showlocals=False)),
            ]
    seen += [repr(access), caplog.text, *(repr(row) for row in Credential.objects.all())]
    with database.cursor() as cursor:
        cursor.execute("SELECT secret, access FROM integrations_credential")
        seen.append(repr(cursor.fetchall()))

    secrets = [
        HUBSPOT_SECRET["key"], SALESFORCE_SECRET["client_secret"], access.token, renewed.token
    ]  # fmt: skip
    assert [secret for secret in secrets for text in seen if secret in text] == []


def test_rotating_encrypts_with_the_newest_key(connection: Connection, settings: Any) -> None:
    newest = Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [newest, *settings.FIELD_ENCRYPTION_KEYS]

    call_command("rotate_credentials", stdout=io.StringIO())

    settings.FIELD_ENCRYPTION_KEYS = [newest]
    assert salesforce_works(connection)


def test_rotating_names_what_no_key_opens_and_does_the_rest(
    connection: Connection, settings: Any
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    changes: dict[str, Any] = {"secret": SALESFORCE_SECRET}
    Credential.objects.filter(system=SALESFORCE).update(**changes)

    with pytest.raises(CommandError, match="hubspot"):
        call_command("rotate_credentials", stdout=io.StringIO())

    assert Credential.objects.get(system=SALESFORCE).secret == SALESFORCE_SECRET
