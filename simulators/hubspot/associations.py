"""Links between records: making, removing and reading them. Both directions are stored."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from simulators.hubspot import association_types
from simulators.hubspot.association_types import AssociationType
from simulators.hubspot.defaults import PRIMARY_TYPES
from simulators.hubspot.errors import HubSpotError, validation
from simulators.hubspot.object_types import ObjectType
from simulators.hubspot.times import iso

PAGE = 500


def parse_id(raw: Any) -> int:
    """A record id from JSON. Raises the INVALID_IDENTIFIER error of the associations API."""
    text = str(raw)
    if isinstance(raw, bool) or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise validation(
            f"Invalid identifier in association request: {text}",
            sub_category="crm.associations.INVALID_IDENTIFIER",
            context={"id": [text]},
        )
    return int(text)


def missing(object_type: ObjectType, ids: Iterable[int | str]) -> HubSpotError:
    return HubSpotError(
        404, "OBJECT_NOT_FOUND",
        f"Could not get some {object_type.in_messages} objects, they may be deleted or not exist."
        " Check that ids are valid.",
        context={"ids": [str(each) for each in ids]},
    )  # fmt: skip


def live_ids(
    connection: sqlite3.Connection, object_type: ObjectType, ids: Iterable[int]
) -> set[int]:
    wanted = json.dumps(sorted(set(ids)))
    rows = connection.execute(
        "SELECT id FROM hs_record WHERE id IN (SELECT value FROM json_each(?)) AND type_id = ? AND archived = 0",
        (wanted, object_type.id),
    )
    return {row[0] for row in rows}


def limit_reached(
    kind: AssociationType, from_type: ObjectType, from_id: int, to_type: ObjectType
) -> HubSpotError:
    """An admin's limit is full. HubSpot documents that such a write fails, not its wording: this is ours."""
    label = f' with the label "{kind.label}"' if kind.label else ""
    return validation(
        f"Association limit reached: {from_type.in_messages} {from_id} already has the maximum of {kind.max_to}"
        f" associated {to_type.in_messages} records{label}.",
        sub_category="crm.associations.ASSOCIATION_LIMIT_REACHED",
        context={
            "fromObjectType": [from_type.in_messages],
            "fromObjectId": [str(from_id)],
            "toObjectType": [to_type.in_messages],
            "associationTypeId": [str(kind.type_id)],
            "limit": [str(kind.max_to)],
        },
    )


def _check_limit(
    connection: sqlite3.Connection, kind: AssociationType, from_type: ObjectType, from_id: int,
    to_type: ObjectType, to_id: int,
) -> None:  # fmt: skip
    """The limit of the unlabelled kind counts every linked record, a label's limit only those so labelled."""
    if kind.max_to is None:
        return
    labelled = "" if kind.is_default else " AND category = ? AND type_id = ?"
    arguments = () if kind.is_default else (kind.category, kind.type_id)
    row = connection.execute(
        "SELECT COUNT(DISTINCT to_id), COALESCE(MAX(to_id = ?), 0) FROM hs_association"
        f" WHERE from_id = ? AND to_type = ?{labelled}",
        (to_id, from_id, to_type.id, *arguments),
    ).fetchone()
    if not row[1] and row[0] >= kind.max_to:
        raise limit_reached(kind, from_type, from_id, to_type)


def associate(
    connection: sqlite3.Connection, from_type: ObjectType, from_id: int, to_type: ObjectType, to_id: int,
    kinds: list[AssociationType], *, at: int,
) -> None:  # fmt: skip
    """Link two live records (the caller has checked that they are). Making a link twice changes nothing.

    The first company of a contact or deal becomes its primary one. Raises the limit error.
    """
    wanted = list(kinds)
    _add_primary(connection, from_type, from_id, to_type, to_id, wanted)
    default_kinds = [
        k for k in association_types.between(connection, from_type.id, to_type.id) if k.is_default
    ]
    for kind in {*wanted, *default_kinds}:
        back = association_types.inverse(connection, kind)
        _check_limit(connection, kind, from_type, from_id, to_type, to_id)
        _check_limit(connection, back, to_type, to_id, from_type, from_id)
    for kind in wanted:
        back = association_types.inverse(connection, kind)
        connection.executemany(
            "INSERT OR IGNORE INTO hs_association (from_id, from_type, to_type, to_id, category, type_id)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (from_id, from_type.id, to_type.id, to_id, kind.category, kind.type_id),
                (to_id, to_type.id, from_type.id, from_id, back.category, back.type_id),
            ],
        )
    for contact, company in _contact_and_company(from_type, from_id, to_type, to_id):
        _note_primary(connection, contact, company, at)


def _contact_and_company(
    from_type: ObjectType, from_id: int, to_type: ObjectType, to_id: int
) -> list[tuple[int, int]]:
    pairs = {("0-1", "0-2"): (from_id, to_id), ("0-2", "0-1"): (to_id, from_id)}
    found = pairs.get((from_type.id, to_type.id))
    return [found] if found else []


def _add_primary(
    connection: sqlite3.Connection, from_type: ObjectType, from_id: int, to_type: ObjectType, to_id: int,
    wanted: list[AssociationType],
) -> None:  # fmt: skip
    forward = (from_type.id, to_type.id) in PRIMARY_TYPES
    owner, other = (from_type, to_type) if forward else (to_type, from_type)
    primary_id = PRIMARY_TYPES.get((owner.id, other.id))
    if primary_id is None:
        return
    owner_id, other_id = (from_id, to_id) if forward else (to_id, from_id)
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": primary_id}
    primary = association_types.find(connection, owner, other, spec)
    if not forward:
        primary = association_types.inverse(connection, primary)
    row = connection.execute(
        "SELECT to_id FROM hs_association WHERE from_id = ? AND to_type = ?"
        " AND category = 'HUBSPOT_DEFINED' AND type_id = ?",
        (owner_id, other.id, primary_id),
    ).fetchone()
    if row is None and primary not in wanted:
        wanted.append(primary)
    elif row is not None and primary in wanted and row[0] != other_id:
        _delete(connection, owner_id, other.id, row[0], [primary_id])
        _delete(connection, row[0], owner.id, owner_id, [primary_id + 1])
    plain = association_types.default(connection, from_type, to_type)
    if plain not in wanted:
        wanted.append(plain)


def _note_primary(
    connection: sqlite3.Connection, contact: int, company: int | None, at: int
) -> None:
    """Keep a contact's `associatedcompanyid` true."""
    row = connection.execute(
        "SELECT to_id FROM hs_association WHERE from_id = ? AND to_type = '0-2'"
        " AND category = 'HUBSPOT_DEFINED' AND type_id = 1",
        (contact,),
    ).fetchone()
    value = str(row[0]) if row else ""
    connection.execute(
        "UPDATE hs_record SET properties = json_set(properties, '$.associatedcompanyid', ?,"
        " '$.lastmodifieddate', ?), modified = ?"
        " WHERE id = ? AND COALESCE(json_extract(properties, '$.associatedcompanyid'), '') <> ?",
        (value, iso(at), at, contact, value),
    )


def _delete(
    connection: sqlite3.Connection,
    from_id: int,
    to_type: str,
    to_id: int,
    type_ids: list[int] | None,
) -> None:
    only = "" if type_ids is None else f" AND type_id IN ({','.join('?' * len(type_ids))})"
    connection.execute(
        f"DELETE FROM hs_association WHERE from_id = ? AND to_type = ? AND to_id = ?{only}",
        (from_id, to_type, to_id, *(type_ids or ())),
    )


def dissociate(
    connection: sqlite3.Connection, from_type: ObjectType, from_id: int, to_type: ObjectType, to_id: int,
    kinds: list[AssociationType] | None = None, *, at: int,
) -> None:  # fmt: skip
    """Remove the given kinds of link between two records, or the whole link when `kinds` is None."""
    if kinds is None:
        _delete(connection, from_id, to_type.id, to_id, None)
        _delete(connection, to_id, from_type.id, from_id, None)
    else:
        backs = [association_types.inverse(connection, kind).type_id for kind in kinds]
        _delete(connection, from_id, to_type.id, to_id, [kind.type_id for kind in kinds])
        _delete(connection, to_id, from_type.id, from_id, backs)
    for contact, _ in _contact_and_company(from_type, from_id, to_type, to_id):
        _note_primary(connection, contact, None, at)


def forget_records(connection: sqlite3.Connection, ids: Iterable[int], at: int) -> None:
    """Take away the links of records that were archived."""
    for record in ids:
        contacts = connection.execute(
            "SELECT DISTINCT to_id FROM hs_association WHERE from_id = ? AND to_type = '0-1'",
            (record,),
        ).fetchall()
        others = connection.execute(
            "SELECT DISTINCT from_type, to_type, to_id FROM hs_association WHERE from_id = ?",
            (record,),
        ).fetchall()
        for row in others:
            _delete(connection, row["to_id"], row["from_type"], record, None)
        connection.execute("DELETE FROM hs_association WHERE from_id = ?", (record,))
        for row in contacts:
            _note_primary(connection, row[0], None, at)


def of_records(
    connection: sqlite3.Connection, from_ids: Iterable[int], to_type: str
) -> dict[int, dict[int, list[tuple[str, int]]]]:
    """Linked records by record: `{from_id: {to_id: [(category, type id)]}}`, in order of id."""
    rows = connection.execute(
        "SELECT from_id, to_id, category, type_id FROM hs_association"
        " WHERE from_id IN (SELECT value FROM json_each(?)) AND to_type = ?"
        " ORDER BY from_id, to_id, category, type_id",
        (json.dumps(list(from_ids)), to_type),
    )
    found: dict[int, dict[int, list[tuple[str, int]]]] = defaultdict(dict)
    for row in rows:
        found[row["from_id"]].setdefault(row["to_id"], []).append((row["category"], row["type_id"]))
    return found
