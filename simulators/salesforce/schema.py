"""Objects and fields of the org as the running simulator sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TEXT = {
    "string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox",
    "encryptedstring", "id", "reference",
}  # fmt: skip
NUMBERS = {"double", "currency", "percent", "int"}
TYPES = sorted((TEXT | NUMBERS | {"boolean", "date", "datetime", "time", "address"}) - {"id"})
# Kept by the org itself; nobody writes them, whatever describe says.
COMPUTED = {
    "NumberOfLeads", "NumberOfConvertedLeads", "NumberOfContacts", "NumberOfResponses",
    "NumberOfOpportunities", "NumberOfWonOpportunities", "AmountAllOpportunities", "AmountWonOpportunities",
}  # fmt: skip
PERSONS = {"Contact", "Lead", "User"}


@dataclass(frozen=True)
class Option:
    """A value of a picklist. What is stored is `value`, what people see is `label`."""

    value: str
    label: str
    active: bool = True
    default: bool = False


@dataclass(frozen=True)
class Field:
    """A field. `createable` and `updateable` say what the field is by nature; `readable` and `editable`
    are the integration user's field-level security on top of it."""

    name: str
    type: str
    label: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    nillable: bool = True
    defaulted: bool = False
    createable: bool = True
    updateable: bool = True
    permissionable: bool = True
    unique: bool = False
    external_id: bool = False
    case_sensitive: bool = False
    id_lookup: bool = False
    restricted: bool = False
    name_field: bool = False
    calculated: bool = False
    auto_number: bool = False
    custom: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    compound: str | None = None
    default: str | None = None
    help: str | None = None
    options: tuple[Option, ...] = ()
    readable: bool = True
    editable: bool = True

    @property
    def stored(self) -> bool:
        return self.type != "address"

    @property
    def required(self) -> bool:
        """Whether a new record must bring a value."""
        return (
            self.createable and not self.nillable and not self.defaulted and self.type != "boolean"
        )

    @property
    def long_text(self) -> bool:
        return self.type == "textarea" and self.length > 255

    def active_values(self) -> set[str]:
        return {option.value for option in self.options if option.active}

    def may(self, action: str, *, everything: bool) -> bool:
        """Whether a user may "create" or "update" this field; `everything`: an administrator."""
        allowed = self.createable if action == "create" else self.updateable
        if not allowed or everything or not self.permissionable:
            return allowed
        return self.readable and self.editable

    def visible(self, *, everything: bool) -> bool:
        return everything or not self.permissionable or self.readable

    def as_dict(self) -> dict[str, Any]:
        """For JSON. By hand: dataclasses.asdict copies deeply, and a reset writes 300 fields."""
        return {
            **vars(self),
            "reference_to": list(self.reference_to),
            "options": [dict(vars(option)) for option in self.options],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Field:
        values = dict(values)
        values["reference_to"] = tuple(values.get("reference_to") or ())
        values["options"] = tuple(Option(**option) for option in values.get("options") or ())
        return cls(**values)


@dataclass
class ObjectType:
    """An object with its fields and rules, and the integration user's rights on it."""

    name: str
    label: str
    label_plural: str
    key_prefix: str
    custom: bool = False
    rights: dict[str, bool] = field(
        default_factory=lambda: {"create": True, "read": True, "edit": True, "delete": True}
    )
    fields: dict[str, Field] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    changed: float = 0.0

    def __post_init__(self) -> None:
        self.index()

    def index(self) -> None:
        """Build the look-up tables; call it after `fields` changed."""
        self.by_lower = {name.lower(): one for name, one in self.fields.items()}
        self.by_relationship = {
            one.relationship.lower(): one for one in self.fields.values() if one.relationship
        }
        self.stored = [one for one in self.fields.values() if one.stored]
        self.required = [one for one in self.fields.values() if one.required]
        self.unique = [one for one in self.fields.values() if one.unique]
        self.defaults = [
            one for one in self.fields.values() if one.default is not None or one.type == "boolean"
        ]

    @property
    def table(self) -> str:
        return f'"sf_{self.name}"'

    def find(self, name: str) -> Field | None:
        """The field of this name, whatever its case."""
        return self.fields.get(name) or self.by_lower.get(name.lower())

    def rules_of(self, kind: str) -> list[dict[str, Any]]:
        return [rule for rule in self.rules if rule["kind"] == kind and rule["active"]]
