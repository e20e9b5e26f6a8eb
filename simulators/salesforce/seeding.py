"""Records put into the org directly, for the seed: they are history, so no rule of today checks them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulators.salesforce import derived, values
from simulators.salesforce.admin import object_named
from simulators.salesforce.dml import Writer
from simulators.salesforce.org import Org
from simulators.salesforce.sessions import user_named


def insert_many(
    *, org: Org, object: str, rows: Iterable[dict[str, Any]], user: str, at: str | None = None
) -> list[str]:
    """Insert rows as `user` (a user name); answers their ids in order. Values are as in JSON, references are ids.

    `at` (UTC, "2026-11-24T08:00:00.000+0000") sets the audit dates; None is now. No validation, no rules, no
    limits: what an org may hold from before its rules were made. A row may bring its own CreatedDate,
    LastModifiedDate, SystemModstamp (stored form) and OwnerId. Raises BadMetadata, KeyError for unknown fields.
    """
    one = object_named(org, object)
    person = user_named(org, user)
    if person is None:
        raise KeyError(user)
    made = []
    with org.store.write() as db:
        writer = Writer(org, db, person["Id"], everything=True, stamp=at or "")
        stamp = writer.stamp
        for given in rows:
            row: dict[str, Any] = {
                "OwnerId": person["Id"], "CreatedDate": stamp, "CreatedById": person["Id"], "LastModifiedDate": stamp,
                "LastModifiedById": person["Id"], "SystemModstamp": stamp, "IsDeleted": 0,
            }  # fmt: skip
            row = {name: value for name, value in row.items() if name in one.fields}
            for field in one.defaults:
                row[field.name] = (
                    values.read(field, field.default) if field.default is not None else 0
                )
            for name, value in given.items():
                field = one.fields[name]
                audit = name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")
                row[name] = value if audit else values.read(field, value)
            derived.fill(one, row, stamp)
            row["Id"] = org.next_id(db, one.key_prefix)
            writer.insert_row(one, row)
            made.append(row["Id"])
    return made
