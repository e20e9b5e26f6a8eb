"""Webhooks and Slack-compatible channels, against a real HTTP server on loopback."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine

from integrations.models import Connection
from notifications.delivery import deliver_due
from notifications.models import Channel, Digest, Subscription, all_types
from notifications.safe_http import AddressRefused, check_address, is_public, resolve
from notifications.subscriptions import ChosenValues, choose
from notifications.tests.helpers import cut_all, fail

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Receiver:
    """Answers the statuses it was given, then 200; 0 hangs up without an answer."""

    statuses: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    settings.WEBHOOK_TIMEOUT = 3
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.got.append((dict(self.headers), body))
            status = state.statuses.pop(0) if state.statuses else 200
            if not status:
                self.connection.close()
                return
            self.send_response(status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"noted")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/hook?a=1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def make_channel(connection: Connection, url: str, kind: str = "webhook") -> Subscription:
    channel = Channel.objects.create(
        connection=connection,
        kind=kind,
        name="Ops",
        host="h",
        target={"url": url, "secret": "s3cret"},  # type: ignore[misc]
    )
    values = ChosenValues(enabled=True, frequency="instant", hour=8, weekday=0, types=all_types())
    return choose(connection_id=connection.pk, channel=channel, values=values)


def cut_one(connection: Connection, clock: Any) -> Digest:
    fail(connection, 1, message="<!channel> & more")
    clock.shift(timedelta(minutes=1))
    (digest,) = cut_all()
    return digest


@pytest.mark.django_db
def test_webhook_gets_json_that_its_secret_proves(
    connection: Connection, receiver: Receiver, clock: Any
) -> None:
    make_channel(connection, receiver.url)
    digest = cut_one(connection, clock)

    deliver_due()

    ((headers, body),) = receiver.got
    told = json.loads(body)
    assert told["id"] == str(digest.public_id) == headers["X-Sync-Health-Delivery"]
    assert told["event"] == "errors"
    assert told["window"] == {"from_seq": 0, "to_seq": 1}
    assert told["summary"] == "1 new sync error (Picklists) – Acme"
    (picklists,) = told["types"]
    assert (picklists["type"], picklists["new"], picklists["open"]) == ("picklists", 1, 1)
    time_part, proof = headers["X-Sync-Health-Signature"].split(",")
    stamp = time_part.removeprefix("t=")
    wanted = hmac.new(b"s3cret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert proof == f"v1={wanted}"
    assert int(stamp) == int(datetime.now(UTC).timestamp())
    digest.refresh_from_db()
    assert digest.state == "sent"


@pytest.mark.django_db
def test_webhook_that_fails_is_tried_again_with_the_same_id_and_a_log(
    connection: Connection, receiver: Receiver, clock: Any
) -> None:
    make_channel(connection, receiver.url)
    digest = cut_one(connection, clock)
    receiver.statuses = [503, 0, 429, 200]

    for _ in range(30):
        deliver_due()
        clock.shift(timedelta(minutes=10))

    digest.refresh_from_db()
    assert digest.state == "sent"
    assert list(digest.log.order_by("id").values_list("outcome", "code")) == [
        ("deferred", 503),
        ("uncertain", None),
        ("deferred", 429),
        ("sent", 200),
    ]
    assert len({json.loads(body)["id"] for _headers, body in receiver.got}) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("status", [301, 302, 307])
def test_redirects_are_not_followed(
    status: int, connection: Connection, receiver: Receiver, clock: Any
) -> None:
    make_channel(connection, receiver.url)
    digest = cut_one(connection, clock)
    receiver.statuses = [status]
    receiver.headers = {"Location": receiver.url}

    deliver_due()

    digest.refresh_from_db()
    assert (digest.state, digest.last_code, len(receiver.got)) == ("failed", status, 1)


@pytest.mark.django_db
def test_gone_webhook_is_shown_as_refused(
    connection: Connection, receiver: Receiver, clock: Any
) -> None:
    row = make_channel(connection, receiver.url)
    digest = cut_one(connection, clock)
    receiver.statuses = [410]

    deliver_due()

    digest.refresh_from_db()
    row.refresh_from_db()
    assert (digest.state, digest.reason) == ("failed", "refused")
    assert row.refused_detail == "HTTP 410 noted"


@pytest.mark.django_db
def test_slack_gets_blocks_in_which_nobody_can_mention_the_channel(
    connection: Connection, receiver: Receiver, clock: Any
) -> None:
    make_channel(connection, receiver.url, kind="slack")
    cut_one(connection, clock)

    deliver_due()

    ((_headers, body),) = receiver.got
    told = json.loads(body)
    assert told["text"].startswith("1 new sync error")
    assert told["blocks"][0]["type"] == "header"
    assert len(told["blocks"]) <= 50
    assert "<!channel>" not in body.decode()
    assert "&lt;!channel&gt; &amp; more" in body.decode()


@pytest.mark.django_db
def test_private_address_is_refused_at_delivery_too(
    connection: Connection, receiver: Receiver, clock: Any, settings: Any
) -> None:
    make_channel(connection, receiver.url.replace("http://", "https://"))
    digest = cut_one(connection, clock)
    settings.WEBHOOK_ALLOW_PRIVATE = False

    deliver_due()

    digest.refresh_from_db()
    assert receiver.got == []
    assert digest.state == "failed"
    assert "private network" in digest.last_error


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://user:secret@example.com/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com\\@127.0.0.1/",
        "javascript:alert(1)",
        "nonsense",
    ],
)
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fd00::1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://100.64.0.1/",
    ],
)
def test_address_in_a_private_network_is_refused(url: str) -> None:
    with pytest.raises((AddressRefused, OSError)):
        resolve(check_address(url))


def test_name_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answers(*_: Any, **__: Any) -> list[Any]:
        return [(2, 1, 6, "", (ip, 443)) for ip in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr("notifications.safe_http.socket.getaddrinfo", answers)

    with pytest.raises(AddressRefused):
        resolve(check_address("https://rebind.example/"))


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("64:ff9b::5db8:d822", True),
        ("::ffff:93.184.216.34", True),
        ("224.0.0.1", False),
        ("192.0.2.1", False),
        ("::", False),
        ("ff02::1", False),
    ],
)
def test_public_addresses(text: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(text)) is public
