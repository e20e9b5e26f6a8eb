"""The image's health check."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from synchealth.probe import answers


class Site(BaseHTTPRequestHandler):
    """Answers as the product does behind TLS: only by its host, and with a redirect to plain HTTP."""

    def do_GET(self) -> None:
        if self.headers["Host"] != "sync.example.com":
            self.send_response(400)
        elif self.headers["X-Forwarded-Proto"] != "https":
            self.send_response(301)
            self.send_header("Location", "https://sync.example.com/healthz")
        else:
            self.send_response(503 if self.path == "/ill" else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "site_url", "well"),
    [
        ("/healthz", "https://sync.example.com", True),
        ("/ill", "https://sync.example.com", False),
        ("/healthz", "http://sync.example.com", False),
        ("/healthz", "https://other.example.com", False),
    ],
)
def test_well_is_only_an_answer_of_200_to_the_sites_own_name(
    site: str, path: str, site_url: str, well: bool
) -> None:
    assert answers(site + path, site_url=site_url) is well


def test_nobody_there_is_not_well() -> None:
    assert not answers("http://127.0.0.1:9/healthz", site_url="")
