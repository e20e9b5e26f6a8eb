"""Writing records: create, update, upsert, delete, with all that the org checks on the way."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from simulators.salesforce import derived, ids, rules, values
from simulators.salesforce.checks import check_unique, check_values
from simulators.salesforce.errors import CallRefused, Problem, Refused
from simulators.salesforce.org import Org
from simulators.salesforce.schema import COMPUTED, Field, ObjectType

NO_RIGHT = Problem("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


@dataclass
class Result:
    """What became of one record."""

    id: str | None = None
    created: bool | None = None
    problems: tuple[Problem, ...] = ()
    status: int = 400
    matches: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems and not self.matches


@dataclass
class Writer:
    """Writes of one call by one user, inside a transaction of the store.

    `allow_save`: alerts of duplicate rules are waved through (Sforce-Duplicate-Rule-Header).
    """

    org: Org
    db: sqlite3.Connection
    user: str
    allow_save: bool = False
    everything: bool = False
    stamp: str = ""

    def __post_init__(self) -> None:
        self.everything = self.everything or self.org.is_admin(self.user)
        self.stamp = self.stamp or self.org.next_stamp()
        self.locks = bool(self.db.execute("SELECT 1 FROM sforg_lock LIMIT 1").fetchone())

    # -- reading what the caller sent

    def read_types(self, object_type: ObjectType, body: dict[str, Any]) -> None:
        """Raise CallRefused when a value has a JSON type that its field cannot take."""
        for name, value in body.items():
            one = object_type.fields.get(name) or object_type.find(name)
            if one is not None and one.stored:
                values.read(one, value)

    def _parse(self, object_type: ObjectType, body: dict[str, Any], action: str) -> dict[str, Any]:
        parsed: dict[str, Any] = {}
        closed: list[str] = []
        for name, value in body.items():
            if name == "attributes":
                continue
            one = object_type.fields.get(name) or object_type.find(name)
            if one is None:
                if isinstance(value, dict) and name.lower() in object_type.by_relationship:
                    one, value = self._by_external_id(object_type, name, value)
                else:
                    raise Refused(_no_column(name, object_type))
            elif not one.visible(everything=self.everything):
                raise Refused(_no_column(name, object_type))
            if one.name == "Id" and action == "create":
                raise Refused(
                    Problem(
                        "INVALID_FIELD_FOR_INSERT_UPDATE",
                        "cannot specify Id in an insert call",
                        ["Id"],
                    )
                )
            if not one.may(action, everything=self.everything) or one.name in COMPUTED:
                closed.append(one.name)
                continue
            parsed[one.name] = values.read(one, value)
        if closed:
            raise Refused(
                Problem(
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    f"Unable to create/update fields: {', '.join(closed)}. Please check the security settings of"
                    " this field and verify that it is read/write for your profile or permission set.",
                    closed,
                )
            )
        return parsed

    def _by_external_id(
        self, object_type: ObjectType, name: str, value: dict[str, Any]
    ) -> tuple[Field, str]:
        one = object_type.by_relationship[name.lower()]
        keys = {key: found for key, found in value.items() if key != "attributes"}
        wanted = value.get("attributes", {}).get("type") or one.reference_to[0]
        target = self.org.object(wanted)
        if len(keys) != 1 or target is None:
            raise Refused(Problem("INVALID_FIELD", f"{name}: more than one field specified"))
        ((key, found),) = keys.items()
        by = target.find(key)
        if by is None or not (by.external_id or by.id_lookup):
            raise Refused(
                Problem(
                    "INVALID_FIELD",
                    f"Field name provided, {key} is not an External ID for {target.name}",
                )
            )
        rows = self.db.execute(
            f'SELECT "Id" FROM {target.table} WHERE "{by.name}" = ? AND "IsDeleted" = 0 LIMIT 2',
            (values.read(by, found),),
        ).fetchall()
        if not rows:
            raise Refused(
                Problem(
                    "INVALID_FIELD",
                    f"Foreign key external ID: {found} not found for field {by.name} in entity {target.name}",
                )
            )
        if len(rows) > 1:
            shown = ", ".join(row["Id"][:15] for row in rows)
            raise Refused(
                Problem(
                    "DUPLICATE_EXTERNAL_ID",
                    f"{by.name}: more than one record found for external id field: [{shown}]",
                    [by.name],
                )
            )
        return one, rows[0]["Id"]

    # -- the writes

    def create(self, object_type: ObjectType, body: dict[str, Any]) -> Result:
        """Insert a record. Raises Refused, and CallRefused for a value of the wrong JSON type."""
        if not self.everything and not object_type.rights["create"]:
            raise Refused(
                Problem(
                    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                    f"entity type cannot be inserted: {object_type.label}",
                )
            )
        if object_type.name == "RecordType":
            raise Refused(
                Problem(
                    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                    "entity type cannot be inserted: Record Type",
                )
            )
        new = self._parse(object_type, body, "create")
        for one in object_type.defaults:
            if new.get(one.name) is None:
                new[one.name] = values.read(one, one.default) if one.default is not None else 0
        if "OwnerId" in object_type.fields and "OwnerId" not in new:
            new["OwnerId"] = self.user
            check = {k: v for k, v in new.items() if k != "OwnerId"}
            check_values(self.org, self.db, object_type, check, new=True)
            new.update(check)
        else:
            check_values(self.org, self.db, object_type, new, new=True)
        derived.fill(object_type, new, self.stamp)
        new["Id"] = None
        rules.before(self, object_type, new, None)
        check_unique(self.db, object_type, new, None)
        record_id = new["Id"] = self.org.next_id(self.db, object_type.key_prefix)
        audit = {
            "CreatedDate": self.stamp, "CreatedById": self.user, "LastModifiedDate": self.stamp,
            "LastModifiedById": self.user, "SystemModstamp": self.stamp, "IsDeleted": 0,
        }  # fmt: skip
        new.update((name, value) for name, value in audit.items() if name in object_type.fields)
        rules.after(self, object_type, new, None)
        self.insert_row(object_type, new)
        return Result(record_id, created=True)

    def insert_row(self, object_type: ObjectType, row: dict[str, Any]) -> None:
        """Put a complete row into the table, unchecked."""
        filled = {name: value for name, value in row.items() if value is not None}
        columns = ", ".join(f'"{name}"' for name in filled)
        marks = ", ".join("?" * len(filled))
        self.db.execute(
            f"INSERT INTO {object_type.table} ({columns}) VALUES ({marks})", list(filled.values())
        )

    def row(self, object_type: ObjectType, record_id: str) -> dict[str, Any] | None:
        """A stored row, deleted or not."""
        found = self.db.execute(
            f'SELECT * FROM {object_type.table} WHERE "Id" = ?', (record_id,)
        ).fetchone()
        return dict(found) if found is not None else None

    def _existing(
        self, object_type: ObjectType, record_id: object, *, in_collection: bool
    ) -> dict[str, Any]:
        full = ids.normal(record_id)
        if full is None or full[:3] != object_type.key_prefix:
            raise Refused(
                Problem(
                    "MALFORMED_ID",
                    f"{object_type.label} ID: id value of incorrect type: {record_id}",
                    ["Id"],
                )
            )
        old = self.row(object_type, full)
        if old is None:
            if in_collection:
                raise Refused(Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"))
            raise Refused(Problem("NOT_FOUND", "The requested resource does not exist"), status=404)
        if old.get("IsDeleted"):
            raise Refused(Problem("ENTITY_IS_DELETED", "entity is deleted"), status=404)
        if self.locks:
            self._check_lock(object_type, old)
        return old

    def _check_lock(self, object_type: ObjectType, old: dict[str, Any]) -> None:
        for record in (old["Id"], old.get("AccountId")):
            row = self.db.execute("SELECT * FROM sforg_lock WHERE record = ?", (record,)).fetchone()
            if row is None or (row["kind"] == "approval" and record != old["Id"]):
                continue
            if row["kind"] == "approval":
                if self.everything:
                    continue
                raise Refused(
                    Problem(
                        "ENTITY_IS_LOCKED",
                        "This record is locked. If you need to edit it, contact your admin.",
                    )
                )
            if row["times"] is not None:
                if row["times"] <= 0:
                    continue
                self.lock_hits.append(row["record"])
            raise Refused(
                Problem(
                    "UNABLE_TO_LOCK_ROW",
                    f"unable to obtain exclusive access to this record or 1 records: {record}",
                )
            )

    @property
    def lock_hits(self) -> list[str]:
        """Locks that this call ran into; the caller counts them down after the transaction."""
        if not hasattr(self, "_lock_hits"):
            self._lock_hits: list[str] = []
        return self._lock_hits

    def update(
        self,
        object_type: ObjectType,
        record_id: object,
        body: dict[str, Any],
        *,
        in_collection: bool = False,
    ) -> Result:
        """Change a record. Raises Refused, and CallRefused for a value of the wrong JSON type."""
        if not self.everything and not object_type.rights["edit"]:
            raise Refused(NO_RIGHT, status=403)
        changes = self._parse(object_type, body, "update")
        old = self._existing(object_type, record_id, in_collection=in_collection)
        if old.get("IsConverted") and not self.everything:
            raise Refused(
                Problem("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
            )
        check_values(self.org, self.db, object_type, changes, new=False)
        new = {**old, **changes}
        derived.fill(object_type, new, self.stamp, old)
        new.update(
            LastModifiedDate=self.stamp, LastModifiedById=self.user, SystemModstamp=self.stamp
        )
        rules.before(self, object_type, new, old)
        check_unique(
            self.db, object_type, {k: v for k, v in new.items() if v != old.get(k)}, old["Id"]
        )
        rules.after(self, object_type, new, old)
        changed = {k: v for k, v in new.items() if v != old.get(k) and k in object_type.fields}
        if changed:
            settings = ", ".join(f'"{name}" = ?' for name in changed)
            self.db.execute(
                f'UPDATE {object_type.table} SET {settings} WHERE "Id" = ?',
                [*changed.values(), old["Id"]],
            )
        return Result(old["Id"], created=False)

    def upsert(
        self,
        object_type: ObjectType,
        key: str,
        value: Any,
        body: dict[str, Any],
        *,
        in_collection: bool = False,
    ) -> Result:
        """Update the record whose external id field `key` holds `value`, or create it.

        A Result with `matches` says that several records hold it, and that nothing was written.
        """
        one = object_type.find(key)
        if one is None or not (one.external_id or one.id_lookup or one.name == "Id"):
            raise CallRefused(
                404,
                "NOT_FOUND",
                f"Provided external ID field does not exist or is not accessible: {key}",
            )
        if one.name == "Id":
            return self.update(object_type, value, body, in_collection=in_collection)
        if value in (None, ""):
            raise Refused(Problem("MISSING_ARGUMENT", f"{one.name} not specified", [one.name]))
        stored = values.read(one, value)
        rows = self.db.execute(
            f'SELECT "Id" FROM {object_type.table} WHERE "{one.name}" = ? AND "IsDeleted" = 0 LIMIT 200',
            (stored,),
        ).fetchall()
        if len(rows) > 1:
            if in_collection:
                shown = ", ".join(row["Id"][:15] for row in rows)
                raise Refused(
                    Problem(
                        "DUPLICATE_EXTERNAL_ID",
                        f"{one.name}: more than one record found for external id field: [{shown}]",
                        [one.name],
                    )
                )
            return Result(matches=[row["Id"] for row in rows])
        body = {name: found for name, found in body.items() if name.lower() != one.name.lower()}
        if rows:
            return self.update(object_type, rows[0]["Id"], body, in_collection=in_collection)
        return self.create(object_type, {**body, one.name: value})

    def delete(
        self, object_type: ObjectType, record_id: object, *, in_collection: bool = False
    ) -> Result:
        """Move a record to the recycle bin, with what hangs on it. Raises Refused."""
        if "IsDeleted" not in object_type.fields:
            raise Refused(
                Problem(
                    "INSUFFICIENT_ACCESS_OR_READONLY",
                    f"entity type cannot be deleted: {object_type.label}",
                ),
                status=403,
            )
        if not self.everything and not object_type.rights["delete"]:
            raise Refused(NO_RIGHT, status=403)
        old = self._existing(object_type, record_id, in_collection=in_collection)
        rules.delete(self, object_type, old)
        self._bin(object_type, [old["Id"]])
        if object_type.name == "Account":
            for name in ("Contact", "Opportunity"):
                child = self.org.object(name)
                if child is None:
                    continue
                rows = self.db.execute(
                    f'SELECT "Id" FROM {child.table} WHERE "AccountId" = ? AND "IsDeleted" = 0',
                    (old["Id"],),
                )
                self._bin(child, [row["Id"] for row in rows.fetchall()])
        return Result(old["Id"])

    def _bin(self, object_type: ObjectType, records: list[str]) -> None:
        self.db.executemany(
            f'UPDATE {object_type.table} SET "IsDeleted" = 1, "SystemModstamp" = ?, "LastModifiedDate" = ?,'
            ' "LastModifiedById" = ? WHERE "Id" = ?',
            [(self.stamp, self.stamp, self.user, one) for one in records],
        )

    def count_down_locks(self) -> None:
        """Let locks that were set for a number of tries wear off."""
        for record in self.lock_hits:
            self.db.execute("UPDATE sforg_lock SET times = times - 1 WHERE record = ?", (record,))
        self.db.execute("DELETE FROM sforg_lock WHERE times <= 0") if self.lock_hits else None


def _no_column(name: str, object_type: ObjectType) -> Problem:
    return Problem(
        "INVALID_FIELD", f"No such column '{name}' on sobject of type {object_type.name}"
    )
