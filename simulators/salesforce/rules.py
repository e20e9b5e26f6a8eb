"""The org's own rules around a save: duplicate rules, validation rules, triggers and flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.salesforce.schema import ObjectType

if TYPE_CHECKING:
    from simulators.salesforce.dml import Writer


def before(writer: Writer, object_type: ObjectType, new: dict[str, Any], old: dict[str, Any] | None) -> None:
    """Run what comes before the row is written. Raises Refused."""


def after(writer: Writer, object_type: ObjectType, new: dict[str, Any], old: dict[str, Any] | None) -> None:
    """Run what comes after it, inside the same transaction. Raises Refused."""


def delete(writer: Writer, object_type: ObjectType, old: dict[str, Any]) -> None:
    """Run what stands before a delete. Raises Refused."""
