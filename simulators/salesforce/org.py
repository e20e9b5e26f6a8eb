"""The org: its metadata in SQLite, a copy of it in memory, ids and time stamps."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from simulators.salesforce import defaults, ids
from simulators.salesforce.schema import Field, ObjectType
from simulators.salesforce.standard import standard_objects
from simulators.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS sforg_setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sforg_object (name TEXT PRIMARY KEY, position INTEGER, data TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sforg_field (
    object TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (object, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sforg_rule (id INTEGER PRIMARY KEY, object TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sforg_counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sforg_lock (record TEXT PRIMARY KEY, kind TEXT NOT NULL, times INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sforg_user (id TEXT PRIMARY KEY, profile TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sforg_session (
    token TEXT PRIMARY KEY, user TEXT NOT NULL, client TEXT NOT NULL, issued REAL NOT NULL, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sforg_refresh (token TEXT PRIMARY KEY, user TEXT NOT NULL, client TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sforg_code (
    code TEXT PRIMARY KEY, user TEXT NOT NULL, client TEXT NOT NULL, redirect TEXT NOT NULL, challenge TEXT,
    expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sforg_cursor (
    locator TEXT PRIMARY KEY, user TEXT NOT NULL, made REAL NOT NULL, size INTEGER NOT NULL, total INTEGER NOT NULL,
    plan TEXT NOT NULL, ids BLOB NOT NULL
) WITHOUT ROWID;
"""
INDEXED = {
    "SystemModstamp",
    "Email",
    "AccountId",
    "Name",
    "CreatedDate",
    "LastModifiedDate",
    "Website",
}


def stamp(at: float) -> str:
    """A datetime as it is stored and answered: UTC, milliseconds, `+0000`."""
    whole, ms = divmod(int(at * 1000), 1000)
    return datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms:03d}+0000"


class Org:
    """One Salesforce org. Reads of metadata come from memory; every change goes through `change()`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._lock = threading.RLock()
        self._objects: dict[str, ObjectType] = {}
        self._lower: dict[str, ObjectType] = {}
        self._prefixes: dict[str, ObjectType] = {}
        self._settings: dict[str, Any] = {}
        self._profiles: dict[str, str] = {}
        self._last_stamp = 0.0
        # Called when sessions may have ended: after a reset, or when a user was deactivated.
        self.sessions_changed: Callable[[], None] = lambda: None
        store.shared["salesforce"] = self
        store.register(SCHEMA, self.reset)
        self.load()

    # -- metadata in memory

    def load(self) -> None:
        """Read the metadata again, after it changed."""
        db = self.store.read()
        objects: dict[str, ObjectType] = {}
        for row in db.execute("SELECT name, data FROM sforg_object ORDER BY position"):
            objects[row["name"]] = ObjectType(**json.loads(row["data"]))
        for row in db.execute("SELECT object, data FROM sforg_field ORDER BY object, position"):
            one = Field.from_dict(json.loads(row["data"]))
            objects[row["object"]].fields[one.name] = one
        for row in db.execute("SELECT id, object, data FROM sforg_rule ORDER BY id"):
            if row["object"] in objects:
                objects[row["object"]].rules.append({"id": row["id"], **json.loads(row["data"])})
        for one_object in objects.values():
            one_object.index()
        with self._lock:
            self._objects = objects
            self._lower = {name.lower(): one for name, one in objects.items()}
            self._prefixes = {one.key_prefix: one for one in objects.values()}
            self._settings = {
                row["name"]: json.loads(row["value"])
                for row in db.execute("SELECT * FROM sforg_setting")
            }
            self._profiles = {
                row["id"]: row["profile"] for row in db.execute("SELECT * FROM sforg_user")
            }
            self._last_stamp = max(
                [self._last_stamp]
                + [
                    _seconds(row[0])
                    for one in objects.values()
                    if "SystemModstamp" in one.fields
                    for row in db.execute(f"SELECT MAX(SystemModstamp) FROM {one.table}")
                    if row[0]
                ]
            )

    def objects(self) -> list[ObjectType]:
        return list(self._objects.values())

    def object(self, name: str) -> ObjectType | None:
        """The object of this name, whatever its case."""
        return self._objects.get(name) or self._lower.get(name.lower())

    def object_of(self, record_id: str) -> ObjectType | None:
        """The object that a record id belongs to, by its first three characters."""
        return self._prefixes.get(record_id[:3])

    def setting(self, name: str) -> Any:
        return self._settings[name]

    def is_admin(self, user: str) -> bool:
        """Whether a user stands above object rights and field-level security."""
        return self._profiles.get(user) == "Administrator"

    # -- changes

    def set_setting(self, name: str, value: Any) -> None:
        with self.store.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO sforg_setting VALUES (?, ?)", (name, json.dumps(value))
            )
        self.load()

    def save_object(self, one: ObjectType) -> None:
        """Write an object's own attributes (not its fields) and make its table."""
        with self.store.write() as db:
            self._save_object(db, one)
        self.load()

    def _save_object(self, db: sqlite3.Connection, one: ObjectType) -> None:
        values = {
            "name": one.name, "label": one.label, "label_plural": one.label_plural,
            "key_prefix": one.key_prefix, "custom": one.custom, "rights": one.rights, "changed": time.time(),
        }  # fmt: skip
        db.execute(
            "INSERT INTO sforg_object VALUES (?, (SELECT COALESCE(MAX(position), 0) + 1 FROM sforg_object), ?)"
            " ON CONFLICT (name) DO UPDATE SET data = excluded.data",
            (one.name, json.dumps(values)),
        )
        columns = "".join(f", {_column(each)}" for each in one.stored if each.name != "Id")
        db.execute(f'CREATE TABLE IF NOT EXISTS {one.table} ("Id" TEXT PRIMARY KEY{columns})')

    def save_field(self, object_name: str, one: Field) -> None:
        """Write a field, with its column and its index."""
        with self.store.write() as db:
            self._save_fields(db, object_name, [one])
            self._touch(db, object_name)
        self.load()

    def _save_fields(
        self, db: sqlite3.Connection, object_name: str, fields: Iterable[Field]
    ) -> None:
        table = f'"sf_{object_name}"'
        columns = {row["name"] for row in db.execute(f"PRAGMA table_info({table})")}
        for one in fields:
            db.execute(
                "INSERT INTO sforg_field VALUES (?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM sforg_field WHERE object = ?), ?)"
                " ON CONFLICT (object, name) DO UPDATE SET data = excluded.data",
                (object_name, one.name, object_name, json.dumps(one.as_dict())),
            )
            if not one.stored:
                continue
            if one.name not in columns:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {_column(one)}")
            if one.unique or one.external_id or one.id_lookup or one.name in INDEXED:
                self.index_field(db, object_name, one.name)

    def index_field(self, db: sqlite3.Connection, object_name: str, name: str) -> None:
        """Make a look-up by this field cheap."""
        db.execute(
            f'CREATE INDEX IF NOT EXISTS "sfi_{object_name}_{name}" ON "sf_{object_name}" ("{name}")'
        )

    def _touch(self, db: sqlite3.Connection, object_name: str) -> None:
        db.execute(
            "UPDATE sforg_object SET data = json_set(data, '$.changed', ?) WHERE name = ?",
            (time.time(), object_name),
        )

    def delete_field(self, object_name: str, name: str) -> None:
        """Remove a custom field with its values."""
        with self.store.write() as db:
            db.execute("DELETE FROM sforg_field WHERE object = ? AND name = ?", (object_name, name))
            db.execute(f'DROP INDEX IF EXISTS "sfi_{object_name}_{name}"')
            columns = {row["name"] for row in db.execute(f'PRAGMA table_info("sf_{object_name}")')}
            if name in columns:
                db.execute(f'ALTER TABLE "sf_{object_name}" DROP COLUMN "{name}"')
            self._touch(db, object_name)
        self.load()

    def delete_object(self, name: str) -> None:
        """Remove a custom object with its fields, rules and records."""
        with self.store.write() as db:
            self._drop(db, name)
        self.load()

    def _drop(self, db: sqlite3.Connection, name: str) -> None:
        db.execute("DELETE FROM sforg_object WHERE name = ?", (name,))
        db.execute("DELETE FROM sforg_field WHERE object = ?", (name,))
        db.execute("DELETE FROM sforg_rule WHERE object = ?", (name,))
        db.execute(f'DROP TABLE IF EXISTS "sf_{name}"')

    def save_rule(self, object_name: str, data: dict[str, Any], rule_id: int | None = None) -> int:
        """Write a validation, duplicate or automation rule; answers its id."""
        data = {key: value for key, value in data.items() if key != "id"}
        with self.store.write() as db:
            cursor = db.execute(
                "INSERT OR REPLACE INTO sforg_rule VALUES (?, ?, ?)",
                (rule_id, object_name, json.dumps(data)),
            )
            if data["kind"] == "duplicate":
                for name in data["fields"]:
                    self.index_field(db, object_name, name)
        self.load()
        return int(cursor.lastrowid or 0)

    def delete_rule(self, rule_id: int) -> None:
        with self.store.write() as db:
            db.execute("DELETE FROM sforg_rule WHERE id = ?", (rule_id,))
        self.load()

    def set_profile(self, user: str, profile: str) -> None:
        with self.store.write() as db:
            db.execute("INSERT OR REPLACE INTO sforg_user VALUES (?, ?)", (user, profile))
        self.load()

    # -- ids and time

    def next_id(self, db: sqlite3.Connection, prefix: str) -> str:
        """A new record id. Call it inside the transaction that uses it."""
        row = db.execute(
            "INSERT INTO sforg_counter VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
            " RETURNING value",
            (prefix,),
        ).fetchone()
        return ids.make(prefix, row[0])

    def next_stamp(self) -> str:
        """The time of a write: later than that of any write before, to the millisecond.

        The records of one call share it, as they do at Salesforce.
        """
        with self._lock:
            self._last_stamp = max(time.time(), self._last_stamp + 0.001)
            return stamp(self._last_stamp)

    # -- reset

    def reset(self, db: sqlite3.Connection) -> None:
        """Back to a fresh org: standard objects, default users and credentials, no records."""
        for row in db.execute("SELECT name FROM sforg_object").fetchall():
            self._drop(db, row["name"])
        for table in (
            "setting",
            "counter",
            "lock",
            "user",
            "session",
            "refresh",
            "code",
            "cursor",
            "rule",
        ):
            db.execute(f"DELETE FROM sforg_{table}")
        for one in standard_objects():
            self._save_object(db, one)
            self._save_fields(db, one.name, one.fields.values())
        values = {
            "org_id": defaults.ORG_ID, "org_name": defaults.ORG_NAME, "daily_api_limit": defaults.DAILY_API_LIMIT,
            "licences": defaults.LICENCES, "api_enabled": True, "session_seconds": 7200,
            "apps": {defaults.CLIENT_ID: {
                "name": defaults.APP_NAME, "secret": defaults.CLIENT_SECRET, "run_as": defaults.INTEGRATION_USER,
                "redirect_uris": defaults.REDIRECT_URIS, "certificates": [],
            }},
        }  # fmt: skip
        for name, value in values.items():
            db.execute(
                "INSERT OR REPLACE INTO sforg_setting VALUES (?, ?)", (name, json.dumps(value))
            )
        self.load()
        self._make_users(db)
        self.sessions_changed()
        self.load()

    def _make_users(self, db: sqlite3.Connection) -> None:
        made = self.next_stamp()
        found: dict[str, str] = {}
        for person in defaults.USERS:
            user = self.next_id(db, "005")
            found[str(person["Username"])] = user
            values: dict[str, Any] = {
                "Id": user, **{k: v for k, v in person.items() if k != "profile"},
                "Name": f"{person['FirstName']} {person['LastName']}", "IsActive": int(bool(person["IsActive"])),
                "ProfileId": ids.make("00e", 1 + (person["profile"] == "Administrator")), "UserType": "Standard",
                "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "LanguageLocaleKey": "en_US",
                "EmailEncodingKey": "UTF-8", "CreatedDate": made, "LastModifiedDate": made, "SystemModstamp": made,
                "CreatedById": user, "LastModifiedById": user,
            }  # fmt: skip
            columns = ", ".join(f'"{name}"' for name in values)
            marks = ", ".join("?" * len(values))
            db.execute(f'INSERT INTO "sf_User" ({columns}) VALUES ({marks})', list(values.values()))
            db.execute("INSERT OR REPLACE INTO sforg_user VALUES (?, ?)", (user, person["profile"]))
        db.execute(
            "INSERT OR REPLACE INTO sforg_refresh VALUES (?, ?, ?)",
            (defaults.REFRESH_TOKEN, found[defaults.INTEGRATION_USER], defaults.CLIENT_ID),
        )


def _seconds(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def _column(one: Field) -> str:
    # No declared type: SQLite then keeps values as they come. Text compares without case, as in SOQL.
    cased = one.type in ("id", "reference", "date", "datetime") or one.case_sensitive
    return f'"{one.name}"{"" if cased else " COLLATE NOCASE"}'
