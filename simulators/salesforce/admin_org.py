"""Changing what is not an object, field or rule: locks, users, connected apps, settings, converted leads."""

from __future__ import annotations

import json
from typing import Any

from simulators.salesforce import ids
from simulators.salesforce.admin import BadMetadata, object_named
from simulators.salesforce.certificates import public_key
from simulators.salesforce.dml import Writer
from simulators.salesforce.errors import Refused
from simulators.salesforce.org import Org
from simulators.salesforce.sessions import user_named


def lock(*, org: Org, record: str, kind: str = "approval", times: Any = None) -> None:
    """Lock a record: "approval" (ENTITY_IS_LOCKED until unlocked) or "row" (UNABLE_TO_LOCK_ROW, for so many tries)."""
    full = ids.normal(record)
    if full is None or kind not in ("approval", "row"):
        raise BadMetadata("a lock needs a record id and kind approval or row")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise BadMetadata("times must be a whole number above 0")
    with org.store.write() as db:
        db.execute("INSERT OR REPLACE INTO sforg_lock VALUES (?, ?, ?)", (full, kind, times))


def unlock(*, org: Org, record: str) -> None:
    with org.store.write() as db:
        db.execute("DELETE FROM sforg_lock WHERE record = ?", (ids.normal(record),))


def set_user(
    *, org: Org, username: str, active: bool | None = None, profile: str | None = None
) -> None:
    """Activate or deactivate a user, or change what they may do ("Integration" or "Administrator")."""
    row = user_named(org, username)
    if row is None:
        raise BadMetadata(f"there is no user {username}")
    if profile is not None:
        if profile not in ("Integration", "Administrator"):
            raise BadMetadata("profile must be Integration or Administrator")
        org.set_profile(row["Id"], profile)
    if active is not None:
        with org.store.write() as db:
            db.execute(
                'UPDATE "sf_User" SET "IsActive" = ?, "SystemModstamp" = ? WHERE "Id" = ?',
                (int(active), org.next_stamp(), row["Id"]),
            )
    org.sessions_changed()


def set_app(*, org: Org, client_id: str, **given: Any) -> None:
    """Make or change a connected app: name, secret, run_as (user name), redirect_uris, certificates (PEM)."""
    apps = dict(org.setting("apps"))
    app = {
        "name": client_id,
        "secret": "",
        "run_as": "",
        "redirect_uris": [],
        "certificates": [],
        **apps.get(client_id, {}),
    }
    if unknown := sorted(set(given) - set(app)):
        raise BadMetadata(f"unknown: {', '.join(unknown)}")
    for pem in given.get("certificates", []):
        add_check(pem)
    apps[client_id] = {**app, **given}
    org.set_setting("apps", apps)


def add_check(pem: Any) -> None:
    """Raise BadMetadata unless this is a PEM certificate or public key of RSA."""
    try:
        public_key(str(pem))
    except ValueError as error:
        raise BadMetadata(str(error)) from error


def add_certificate(*, org: Org, client_id: str, pem: str) -> None:
    """Register a certificate (or public key) that JWT assertions of a connected app may be signed by."""
    add_check(pem)
    known = org.setting("apps").get(client_id)
    if known is None:
        raise BadMetadata(f"there is no connected app {client_id}")
    if pem not in known["certificates"]:
        set_app(org=org, client_id=client_id, certificates=[*known["certificates"], pem])


SETTINGS = {
    "daily_api_limit": int,
    "licences": int,
    "api_enabled": bool,
    "session_seconds": int,
    "org_name": str,
    "org_id": str,
}


def set_settings(*, org: Org, **given: Any) -> None:
    """daily_api_limit, licences (100,000 + 1,000 for each become the limit), api_enabled, session_seconds, org_name."""
    for name, value in given.items():
        wanted = SETTINGS.get(name)
        if wanted is None:
            raise BadMetadata(f"unknown: {name}; known: {', '.join(SETTINGS)}")
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not (whole and 0 <= value <= 10**9 if wanted is int else isinstance(value, wanted)):
            raise BadMetadata(f"{name} must be a {wanted.__name__}")
    if "licences" in given and "daily_api_limit" not in given:
        given["daily_api_limit"] = 100_000 + 1_000 * given["licences"]
    for name, value in given.items():
        org.set_setting(name, value)


def convert_lead(*, org: Org, record: str) -> dict[str, str]:
    """Convert a lead into account and contact; from then on the API refuses to change it."""
    full = ids.normal(record)
    with org.store.write() as db:
        admin = db.execute(
            "SELECT id FROM sforg_user WHERE profile = 'Administrator' LIMIT 1"
        ).fetchone()["id"]
        writer = Writer(org, db, admin, everything=True)
        lead = writer.row(object_named(org, "Lead"), full or "")
        if lead is None or lead["IsConverted"] or lead["IsDeleted"]:
            raise BadMetadata("there is no open lead with this id")
        try:
            account = writer.create(object_named(org, "Account"), {"Name": lead["Company"]}).id
            person = {
                name: lead[name] for name in ("FirstName", "LastName", "Email", "Phone", "Title")
            }
            contact = writer.create(
                object_named(org, "Contact"), {**person, "AccountId": account}
            ).id
        except Refused as error:
            raise BadMetadata(str(error)) from error
        db.execute(
            'UPDATE "sf_Lead" SET "IsConverted" = 1, "Status" = \'Closed - Converted\', "ConvertedDate" = ?,'
            ' "ConvertedAccountId" = ?, "ConvertedContactId" = ?, "SystemModstamp" = ? WHERE "Id" = ?',
            (writer.stamp[:10], account, contact, writer.stamp, full),
        )
    return {"account": str(account), "contact": str(contact)}


def metadata(org: Org) -> dict[str, Any]:
    """All of it, for GET /control/salesforce/metadata."""
    users = org.store.read().execute(
        'SELECT u."Id" AS id, u."Username" AS username, u."Name" AS name, u."IsActive" AS active, p.profile'
        ' FROM "sf_User" u LEFT JOIN sforg_user p ON p.id = u."Id"'
    )
    locks = org.store.read().execute("SELECT * FROM sforg_lock")
    return {
        "settings": {name: org.setting(name) for name in SETTINGS},
        "apps": org.setting("apps"),
        "users": [{**dict(row), "active": bool(row["active"])} for row in users],
        "locks": [dict(row) for row in locks],
        "objects": {
            one.name: {
                "label": one.label,
                "key_prefix": one.key_prefix,
                "custom": one.custom,
                "rights": one.rights,
                "fields": {
                    name: json.loads(json.dumps(item.as_dict()))
                    for name, item in one.fields.items()
                },
                "rules": one.rules,
            }
            for one in org.objects()
        },
    }
