"""HTTP sessions: time-outs on every call, no hidden retry, no redirect, nothing inside a transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import requests
from django.conf import settings
from django.db import connections
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

# In JSON: an escaped backslash and a whole pair of surrogates, which stay; half a pair and NUL, which no database takes.
_ESCAPES = re.compile(
    rb"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\u0000"
)


class InsideTransaction(RuntimeError):
    """A CRM was called while a database transaction was open, which would hold its locks for the network's time."""


def refuse_inside_transaction() -> None:
    """Raise InsideTransaction when any open database connection is in a transaction.

    The one that Django's TestCase (and pytest-django's `db`) wraps around a test does not count, as for
    `atomic(durable=True)`; so the guard holds in tests too and needs no switch.
    """
    for connection in connections.all(initialized_only=True):
        blocks = getattr(connection, "atomic_blocks", ())
        if any(not getattr(block, "_from_testcase", False) for block in blocks):
            raise InsideTransaction("A CRM must not be called inside a transaction.")


def never_sent(error: requests.RequestException) -> bool:
    """Whether the request surely did not reach the server: no connection to it was made."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    inner = error.args[0] if error.args else None
    return isinstance(inner, MaxRetryError) and isinstance(
        inner.reason, NewConnectionError | ConnectTimeoutError
    )


class CrmAdapter(HTTPAdapter):
    """Sends one request once. Reads the whole answer, so that a body cut short fails here too.

    What no database could store of a text (NUL, half a character) is U+FFFD in the answer: one such value would else
    stop the recording of its page, and with it the sync, for ever.
    """

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        refuse_inside_transaction()
        if options.get("timeout") is None:
            options["timeout"] = (settings.CRM_CONNECT_TIMEOUT, settings.CRM_READ_TIMEOUT)
        response = super().send(request, **options)
        if b"\\u" in response.content:
            response._content = _ESCAPES.sub(lambda found: found[1] or rb"\ufffd", response.content)
        return response


class Bearer(AuthBase):
    """Puts the current access token on each request. As a session's `auth` it also keeps ~/.netrc out."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token()}"
        return request


class NoAuth(AuthBase):
    """For logins, whose secrets travel in the body."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def make_session(
    *, adapter: HTTPAdapter | None = None, auth: AuthBase | None = None
) -> requests.Session:
    """A session that follows no redirect: a token must not travel to where an answer points."""
    session = requests.Session()
    adapter = adapter or CrmAdapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.auth = auth or NoAuth()
    session.max_redirects = 0
    session.headers["User-Agent"] = "sync-health"
    return session
