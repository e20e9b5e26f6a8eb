"""Where an error's cause is set right in the two systems: links into their set-up pages. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from errors.models import SyncError
from errors.presenting.reading import acted_on, by_hubspot, details_of, mapping, text
from errors.types import ErrorType
from integrations import crm_links
from integrations.models import Connection


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


def setup_links(error: SyncError, *, connection: Connection, key_kind: str = "") -> list[Link]:
    """What to open, the likeliest first. `key_kind`: Credential.Kind of the HubSpot login, for its scopes. No query."""
    made = _MAKERS.get(ErrorType(error.type), _nothing)(error, connection, key_kind)
    return [link for link in made if link.url]


def _nothing(error: SyncError, connection: Connection, key_kind: str) -> list[Link]:
    nodes = {"storage-limit": ("storage", _("Storage usage in Salesforce Setup"))}
    if error.code not in nodes:
        return []
    node, label = nodes[error.code]
    return [Link(label, crm_links.salesforce_setup(connection, node))]


def _property(error: SyncError, connection: Connection) -> Link:
    name = text(details_of(error).get("hubspot_property"))
    return Link(
        _("Property %(name)s in HubSpot settings") % {"name": name}
        if name
        else _("Properties in HubSpot settings"),
        crm_links.hubspot_property(connection, error.hubspot_object, name),
    )


def _field(error: SyncError, connection: Connection, *, gone: bool = False) -> Link:
    name = text(details_of(error).get("salesforce_field"))
    sobject = error.salesforce_object
    if not name or gone:
        return Link(
            _("Fields of %(object)s in Salesforce Setup") % {"object": sobject},
            crm_links.salesforce_object(connection, sobject, "FieldsAndRelationships"),
        )
    return Link(
        _("Field %(name)s in Salesforce Setup") % {"name": name},
        crm_links.salesforce_field(connection, sobject, name),
    )


def _both_ends(error: SyncError, connection: Connection, key_kind: str) -> list[Link]:
    links = [_property(error, connection), _field(error, connection)]
    if error.code == "state-country-value":
        links.append(
            Link(
                _("State and country picklists in Salesforce Setup"),
                crm_links.salesforce_setup(connection, "states_and_countries"),
            )
        )
    return links[::-1] if acted_on(error) == error.salesforce_object else links


def _mapping_ends(error: SyncError, connection: Connection, key_kind: str) -> list[Link]:
    if error.code == "property-missing":  # its own page is gone with it
        everything = crm_links.hubspot_property(connection, error.hubspot_object, "")
        return [Link(_("Properties in HubSpot settings"), everything), _field(error, connection)]
    gone = error.code in ("field-missing", "object-missing")
    return [_field(error, connection, gone=gone), _property(error, connection)]


def _custom_code(error: SyncError, connection: Connection, key_kind: str) -> list[Link]:
    known = mapping(details_of(error).get("automation"))
    kind, sobject = text(known.get("kind")), error.salesforce_object
    if not kind and error.code in ("validation-rule", "flow"):
        kind = error.code
    rules = Link(
        _("Validation rules of %(object)s in Salesforce Setup") % {"object": sobject},
        crm_links.salesforce_object(connection, sobject, "ValidationRules"),
    )
    triggers = Link(
        _("Triggers of %(object)s in Salesforce Setup") % {"object": sobject},
        crm_links.salesforce_object(connection, sobject, "ApexTriggers"),
    )
    flows = Link(_("Flows in Salesforce Setup"), crm_links.salesforce_setup(connection, "flows"))
    failed = Link(
        _("Failed flow interviews in Salesforce Setup"),
        crm_links.salesforce_setup(connection, "failed_flows"),
    )
    classes = Link(
        _("Apex classes in Salesforce Setup"),
        crm_links.salesforce_setup(connection, "apex_classes"),
    )
    approvals = Link(
        _("Approval processes in Salesforce Setup"),
        crm_links.salesforce_setup(connection, "approvals"),
    )
    assignment = Link(
        _("Assignment rules in Salesforce Setup"),
        crm_links.salesforce_setup(connection, "assignment_rules"),
    )
    found = {
        "validation-rule": [rules, triggers],
        "flow": [flows, failed],
        "trigger": [triggers],
        "class": [classes, triggers],
        "approval": [approvals],
        "assignment-rule": [assignment],
    }.get(kind, [triggers, flows])
    if error.code == "validation-rule" and rules not in found:
        found = [rules, *found]
    if known.get("package"):
        packages = crm_links.salesforce_setup(connection, "packages")
        found = [Link(_("Installed packages in Salesforce Setup"), packages), *found]
    return found


def _duplicates(error: SyncError, connection: Connection, key_kind: str) -> list[Link]:
    if error.code == "salesforce-duplicate-rule":
        return [
            Link(
                _("Duplicate rules in Salesforce Setup"),
                crm_links.salesforce_setup(connection, "duplicate_rules"),
            )
        ]
    details = details_of(error)
    if (
        error.code == "duplicate-value"
        and details.get("salesforce_field")
        and not by_hubspot(error)
    ):
        return [_field(error, connection)]
    return []


def _permissions(error: SyncError, connection: Connection, key_kind: str) -> list[Link]:
    if error.code == "missing-scope":
        return [
            Link(
                _("Scopes of the connection in HubSpot settings"),
                crm_links.hubspot_scopes(connection, kind=key_kind),
            )
        ]
    if by_hubspot(error):
        return [
            Link(_("Users & Teams in HubSpot settings"), crm_links.hubspot_users(connection)),
            _property(error, connection),
        ]
    links = []
    if text(details_of(error).get("salesforce_field")):
        links.append(_field(error, connection))
    if error.code in ("object-permission", "record-type-missing"):
        section = "RecordTypes" if error.code == "record-type-missing" else "Details"
        links.append(
            Link(
                _("%(object)s in Salesforce Setup") % {"object": error.salesforce_object},
                crm_links.salesforce_object(connection, error.salesforce_object, section),
            )
        )
    if error.code in ("insufficient-access-or-missing-record", "parent-access"):
        links.append(
            Link(
                _("Sharing settings in Salesforce Setup"),
                crm_links.salesforce_setup(connection, "sharing"),
            )
        )
    return [
        *links,
        Link(_("The integration user in Salesforce Setup"), crm_links.salesforce_user(connection)),
        Link(
            _("Permission sets in Salesforce Setup"),
            crm_links.salesforce_setup(connection, "permission_sets"),
        ),
    ]


_MAKERS = {
    ErrorType.CUSTOM_CODE: _custom_code,
    ErrorType.DUPLICATES: _duplicates,
    ErrorType.PERMISSIONS: _permissions,
    ErrorType.PICKLISTS: _both_ends,
    ErrorType.PROPERTY_MAPPINGS: _mapping_ends,
    ErrorType.PROPERTY_VALUES: _both_ends,
}
