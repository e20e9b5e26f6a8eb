"""Why a connection does not sync now, in words: what happened, what it means, what to do, when it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from common import clock
from integrations.models import Connection

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Banner:
    """`level` is bad, warn or info. `goes_on_at` is None when only people can set it going again."""

    level: str
    title: str | _StrPromise
    meaning: str | _StrPromise
    todo: str | _StrPromise
    goes_on_at: datetime | None = None
    detail: str = ""
    may_try_again: bool = False


_LOGIN = (
    _("A CRM refuses our login"),
    _(
        "Nothing syncs in either direction. No change is lost: it is read once the login works again."
    ),
    _("Store new credentials in the settings of this connection, then try again."),
)
_ORG_LIMIT = (
    _("Salesforce's own limit of API calls is used up"),
    _("Salesforce refuses every application of the org until calls are free again."),
    _(
        "Wait, or ask Salesforce for a temporary rise. Allot fewer calls to HubSpot so that it does not come to this."
    ),
)
_API_DISABLED = (
    _("API access is switched off in Salesforce"),
    _("The integration user, or the whole org, may not use the API."),
    _("Grant the user the permission API Enabled in Salesforce, then try again."),
)
_STORAGE = (
    _("Salesforce's storage is full"),
    _("Salesforce accepts no new records, so nothing syncs."),
    _("Free storage in Salesforce or buy more, then try again."),
)
_OUTAGE = (
    _("A CRM does not answer"),
    _("Nothing syncs until it does. No change is lost."),
    _("There is nothing to do but wait; see the CRM's status page. You can try again at any time."),
)
_UNKNOWN = (
    _("The sync has been stopped"),
    _("A CRM gave an answer that stops the whole connection. Nothing syncs until it is resolved."),
    _("Read the answer below, resolve it in the CRM, then try again."),
)
_SUSPENDED: dict[str, tuple[_StrPromise, _StrPromise, _StrPromise]] = {
    "INVALID_GRANT": _LOGIN,
    "INVALID_CLIENT": _LOGIN,
    "INVALID_SESSION_ID": _LOGIN,
    "INVALID_LOGIN": _LOGIN,
    "INVALID_AUTHENTICATION": _LOGIN,
    "EXPIRED_AUTHENTICATION": _LOGIN,
    "LOGIN_MUST_USE_SECURITY_TOKEN": _LOGIN,
    "MISSING_SCOPES": _LOGIN,
    "NO_CREDENTIAL": _LOGIN,
    "REQUEST_LIMIT_EXCEEDED": _ORG_LIMIT,
    "TXN_SECURITY_METERING_ERROR": _ORG_LIMIT,
    "API_DISABLED_FOR_ORG": _API_DISABLED,
    "API_CURRENTLY_DISABLED": _API_DISABLED,
    "STORAGE_LIMIT_EXCEEDED": _STORAGE,
    "SERVER_UNAVAILABLE": _OUTAGE,
}


def banner_of(connection: Connection, *, spent: bool = False) -> Banner | None:
    """The banner of the tab, None while all is well. `spent`: the allotment is used up. No query."""
    if connection.state == Connection.State.SUSPENDED:
        code = connection.suspended_code.upper()
        title, meaning, todo = _SUSPENDED.get(code, _UNKNOWN)
        detail = ": ".join(part for part in (code, connection.suspended_detail) if part)
        return Banner("bad", title, meaning, todo, detail=detail, may_try_again=True)
    if connection.state == Connection.State.PAUSED:
        return Banner(
            "warn",
            _("The sync is paused"),
            _("Nothing is read or written until it is resumed. What changes meanwhile syncs then."),
            _("An admin can resume it in the settings of this connection."),
        )
    held = connection.held_until is not None and connection.held_until > clock.now()
    if not held and not spent:
        return None
    return _held(connection, goes_on_at=connection.held_until if held else None)


def _held(connection: Connection, *, goes_on_at: datetime | None) -> Banner:
    reason = connection.held_reason.lower()
    words: dict[str, Any] = {"goes_on_at": goes_on_at}
    if reason == "limit_reached":
        return Banner(
            "warn",
            _("A CRM's own limit of API calls is reached"),
            _(
                "It refuses every application of the account until calls are free. No change is lost."
            ),
            _("There is nothing to do: the sync goes on by itself."),
            **words,
        )
    if reason and reason != "allotment_spent":
        return Banner(
            "warn",
            _("The sync is waiting"),
            _("The last attempt had to be given up halfway. No change is lost."),
            _("There is nothing to do: the sync goes on by itself."),
            detail=connection.held_reason,
            **words,
        )
    return Banner(
        "warn",
        _("The API calls allotted to HubSpot are used up"),
        _("The sync waits until calls of the last 24 hours expire. No change is lost."),
        _("Wait, or allot more calls to HubSpot below. A share is kept for Resync."),
        **words,
    )
