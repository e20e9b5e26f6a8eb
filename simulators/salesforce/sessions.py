"""Users, and the access tokens they hold."""

from __future__ import annotations

import secrets
import sqlite3
import time

from simulators.salesforce import defaults
from simulators.salesforce.org import Org


def user_row(org: Org, user: str) -> sqlite3.Row | None:
    """A user by id."""
    row: sqlite3.Row | None = (
        org.store.read().execute('SELECT * FROM "sf_User" WHERE "Id" = ?', (user,)).fetchone()
    )
    return row


def user_named(org: Org, username: str) -> sqlite3.Row | None:
    """A user by user name, whatever its case."""
    query = 'SELECT * FROM "sf_User" WHERE "Username" = ?'
    row: sqlite3.Row | None = org.store.read().execute(query, (username,)).fetchone()
    return row


class Sessions:
    """Access tokens. Looked up on every call, so a copy is kept in memory."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self._known: dict[str, tuple[str, float]] = {}

    def open(self, user: str, client: str) -> str:
        token = f"{defaults.ORG_ID[:15]}!AQ{secrets.token_urlsafe(54)}"
        now = time.time()
        with self.org.store.write() as db:
            db.execute(
                "INSERT INTO sforg_session VALUES (?, ?, ?, ?, ?)",
                (token, user, client, now, now + self.org.setting("session_seconds")),
            )
            db.execute("DELETE FROM sforg_session WHERE expires < ?", (now - 86_400,))
        return token

    def user_of(self, token: str) -> str | None:
        """The active user of a valid token."""
        known = self._known.get(token)
        if known is None:
            row = (
                self.org.store.read()
                .execute(
                    'SELECT s.user, s.expires FROM sforg_session s JOIN "sf_User" u ON u."Id" = s.user'
                    ' WHERE s.token = ? AND u."IsActive" = 1',
                    (token,),
                )
                .fetchone()
            )
            if row is None:
                return None
            known = self._known[token] = (row["user"], row["expires"])
        return known[0] if known[1] > time.time() else None

    def forget(self) -> None:
        """Read the table again: after a reset, a revocation or a change of users."""
        self._known.clear()

    def close(self, token: str) -> None:
        with self.org.store.write() as db:
            db.execute("DELETE FROM sforg_session WHERE token = ?", (token,))
        self.forget()

    def close_all(self) -> None:
        """End every session, as an admin may; refresh tokens stay."""
        with self.org.store.write() as db:
            db.execute("DELETE FROM sforg_session")
        self.forget()
