"""What no call to a CRM may do: wait for ever, follow a redirect, hold a transaction open."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest
import requests
from django.db import transaction

from integrations import usage
from integrations.clients import HubSpotClient, SalesforceClient
from integrations.clients.http import InsideTransaction, make_session
from integrations.models import Connection


def test_no_call_is_made_inside_a_transaction_and_none_is_counted(
    connection: Connection, salesforce: SalesforceClient, hubspot: HubSpotClient
) -> None:
    salesforce.user_info()

    with transaction.atomic():
        for call in (salesforce.limits, salesforce.user_info, hubspot.account_details):
            with pytest.raises(InsideTransaction):
                call()

    assert usage.api_usage(connection_id=connection.pk).used_24h == 0


@pytest.fixture
def redirecting() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_redirect_is_not_followed(redirecting: str) -> None:
    with make_session() as session, pytest.raises(requests.TooManyRedirects):
        session.get(redirecting)


def test_credentials_of_a_netrc_file_are_not_sent(
    redirecting: str, tmp_path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"  # type: ignore[operator]
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))

    with make_session() as session:
        prepared = session.prepare_request(requests.Request("GET", redirecting))

    assert "Authorization" not in prepared.headers


def test_what_no_database_takes_of_a_text_is_replaced_in_each_answer() -> None:
    body = rb'{"half": "x\ud83d", "nul": "a\u0000b", "whole": "\ud83d\ude00", "path": "C:\\u0000", "pl": "\u017c"}'

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with make_session() as session:
            answer = session.get(f"http://127.0.0.1:{server.server_port}").json()
    finally:
        server.shutdown()
        server.server_close()

    assert answer == {
        "half": "x\ufffd",
        "nul": "a\ufffdb",
        "whole": "\U0001f600",
        "path": "C:\\u0000",
        "pl": "ż",
    }
