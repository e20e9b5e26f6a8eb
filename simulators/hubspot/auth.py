"""Who calls: service keys, private-app tokens and OAuth access tokens, and what their scopes allow."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from simulators.hubspot.errors import HubSpotError
from simulators.hubspot.times import now_ms

NOT_FOUND = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more"
    " details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
MISSING = (
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes here:"
    " https://developers.hubspot.com/scopes."
)


@dataclass(frozen=True)
class Caller:
    """The owner of an access token. `kind`: service_key, private_app or oauth."""

    token: str
    kind: str
    name: str
    scopes: frozenset[str]
    app_id: int

    @property
    def is_oauth(self) -> bool:
        return self.kind == "oauth"

    def need(self, *any_of: str) -> None:
        """Raise 403 MISSING_SCOPES unless one of the scopes was granted."""
        if not self.scopes.intersection(any_of):
            raise HubSpotError(
                403, "MISSING_SCOPES", MISSING,
                errors=[
                    {
                        "message": "One or more of the following scopes are required.",
                        "context": {"requiredGranularScopes": sorted(any_of)},
                    }
                ],
                extra={"links": {"scopes": "https://developers.hubspot.com/scopes"}},
            )  # fmt: skip


def authenticate(connection: sqlite3.Connection, header: str | None) -> Caller:
    """The caller of an `Authorization` header. Raises 401."""
    scheme, _, token = (header or "").partition(" ")
    row = None
    if scheme.lower() == "bearer" and token.strip():
        row = connection.execute(
            "SELECT * FROM hs_token WHERE token = ? AND kind <> 'refresh' AND kind <> 'code'",
            (token.strip(),),
        ).fetchone()
    if row is None:
        raise HubSpotError(401, "INVALID_AUTHENTICATION", NOT_FOUND)
    if row["expires"] is not None and row["expires"] <= now_ms():
        ago = (now_ms() - row["expires"]) // 1000
        raise HubSpotError(
            401, "EXPIRED_AUTHENTICATION",
            f"The OAuth token used to make this call expired {ago} second(s) ago.",
            context={"expire time": [str(row["expires"])]},
        )  # fmt: skip
    return Caller(
        row["token"], row["kind"], row["name"], frozenset(json.loads(row["scopes"])), row["app_id"]
    )
