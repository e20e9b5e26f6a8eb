"""The four people that access tests are about, and a connection with errors of every type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import Membership, Role, User
from errors.recording import record_outcomes
from errors.types import ErrorType
from integrations.models import Connection
from integrations.outcomes import Direction, Failure, Outcome, RecordRef, Status
from integrations.testing import make_connection

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class People:
    admin: User
    operator: User
    viewer: User
    stranger: User  # a member of another connection

    def of(self, role: str) -> User:
        found: User = getattr(self, role)
        return found


def make_people(connection: Connection) -> People:
    users = {
        name: User.objects.create_user(f"{name}@example.com", PASSWORD, name=name.title())
        for name in ("admin", "operator", "viewer", "stranger")
    }
    elsewhere = make_connection(name="Elsewhere", hub_id="2", sf_org_id="00D000000000002AAA")
    for name in ("admin", "operator", "viewer"):
        Membership.objects.create(user=users[name], connection=connection, role=Role(name))
    Membership.objects.create(user=users["stranger"], connection=elsewhere, role=Role.ADMIN)
    return People(**users)


# (HubSpot object, Salesforce object, system, code, message, details) of one refusal a type.
_REFUSALS: dict[ErrorType, tuple[str, str, str, dict[str, Any]]] = {
    ErrorType.ASSOCIATIONS: (
        "salesforce",
        "SYNC_PARENT_NOT_SYNCED",
        "The account has not synced yet.",
        {"blocking_record": {"object": "companies", "label": "Helios Optics", "hubspot_id": "71"}},
    ),
    ErrorType.CUSTOM_CODE: (
        "salesforce",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "The close date may not lie in the past.",
        {},
    ),
    ErrorType.DUPLICATES: (
        "hubspot",
        "CONFLICT",
        "Contact already exists. Existing ID: 12345",
        {"duplicate": {"hubspot_id": "12345", "value": "anna@example.com"}},
    ),
    ErrorType.PERMISSIONS: (
        "salesforce",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "Unable to create/update fields: Rating__c. Please check the security settings of this field.",
        {"salesforce_field": "Rating__c"},
    ),
    ErrorType.PICKLISTS: (
        "salesforce",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Industry: bad value for restricted picklist field: Photonics",
        {"hubspot_property": "industry", "salesforce_field": "Industry", "value": "Photonics"},
    ),
    ErrorType.PROPERTY_MAPPINGS: (
        "salesforce",
        "SYNC_FIELD_MISSING",
        "The field Legacy__c does not exist any more.",
        {"hubspot_property": "legacy", "salesforce_field": "Legacy__c"},
    ),
    ErrorType.PROPERTY_VALUES: (
        "salesforce",
        "STRING_TOO_LONG",
        "Title: data value too large: x (max length=128)",
        {"hubspot_property": "jobtitle", "salesforce_field": "Title", "value": "x" * 200},
    ),
    ErrorType.OTHER: ("salesforce", "UNKNOWN_EXCEPTION", "An unexpected error occurred.", {}),
}


def refusal(kind: ErrorType, number: int, *, label: str = "", field: str = "") -> Outcome:
    """One record that fails with an error of `kind`; `field` makes it an error of its own."""
    system, code, message, details = _REFUSALS[kind]
    if field:
        details = {**details, "hubspot_property": field, "salesforce_field": field}
    record = RecordRef(
        hubspot_object="contacts",
        salesforce_object="Contact",
        hubspot_id=str(1000 + number),
        salesforce_id=f"003{number:012d}AAA",
        label=label or f"Person {number}",
    )
    return Outcome(
        record=record,
        direction=Direction.TO_SALESFORCE,
        status=Status.FAILED,
        failures=(Failure(system=system, code=code, message=message, details=details),),
    )


def record_every_type(connection: Connection) -> None:
    """One error of each of the eight types, each of a record of its own."""
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[refusal(kind, number) for number, kind in enumerate(ErrorType)],
    )


def record_values(connection: Connection, number: int) -> None:
    """`number` errors of the type Property values."""
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            refusal(ErrorType.PROPERTY_VALUES, 5000 + index, field=f"field_{index}")
            for index in range(number)
        ],
    )
