"""Standard objects and their fields as tables.

A line is `name|type|size|flags|label|more`. Size: length, or `precision,scale`, or digits of an int.
Flags: N nillable, D defaulted on create, C createable, U updateable, P permissionable, I id lookup,
R restricted picklist, A name field. More, joined by semicolons: `>Object,Object:RelationshipName`,
`@CompoundField`, `#picklist`, `=default`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from simulators.salesforce.schema import Field, ObjectType, Option

HERE = Path(__file__).parent
OBJECTS = {
    "User": ("User", "Users", "005"),
    "Account": ("Account", "Accounts", "001"),
    "Contact": ("Contact", "Contacts", "003"),
    "Lead": ("Lead", "Leads", "00Q"),
    "Opportunity": ("Opportunity", "Opportunities", "006"),
    "Campaign": ("Campaign", "Campaigns", "701"),
    "Task": ("Task", "Tasks", "00T"),
    "RecordType": ("Record Type", "Record Types", "012"),
}


def picklists() -> dict[str, list[str]]:
    lines = (HERE / "picklists.txt").read_text(encoding="utf-8").splitlines()
    return {name: values.split(";") for name, _, values in (line.partition("|") for line in lines)}


def parse_field(line: str, lists: dict[str, list[str]]) -> Field:
    """A Field from a line of a table."""
    name, type_, size, flags, label, more = line.split("|")
    parts = {part[0]: part[1:] for part in more.split(";") if part}
    targets, _, relationship = parts.get(">", "").partition(":")
    default = parts.get("=")
    numbers = [int(one) for one in size.split(",")] if size else []
    if type_ == "boolean" and default is None:
        default = "false"
    if name == "IsActive":
        default = "true"
    return Field(
        name=name,
        type=type_,
        label=label,
        length=18
        if type_ in ("id", "reference")
        else numbers[0]
        if len(numbers) == 1 and type_ != "int"
        else 0,
        digits=numbers[0] if type_ == "int" else 0,
        precision=numbers[0] if len(numbers) == 2 else 0,
        scale=numbers[1] if len(numbers) == 2 else 0,
        nillable="N" in flags,
        defaulted="D" in flags,
        createable="C" in flags,
        updateable="U" in flags,
        permissionable="P" in flags,
        id_lookup="I" in flags,
        restricted="R" in flags,
        name_field="A" in flags,
        reference_to=tuple(targets.split(",")) if targets else (),
        relationship=relationship or None,
        compound=parts.get("@"),
        default=default,
        options=tuple(
            Option(value, value, default=value == default)
            for value in lists.get(parts.get("#", ""), ())
        ),
    )


@lru_cache(maxsize=1)
def standard_objects() -> tuple[ObjectType, ...]:
    """The objects of a fresh org, to be read only."""
    lists = picklists()
    found = []
    for name, (label, plural, prefix) in OBJECTS.items():
        lines = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        fields = {one.name: one for one in (parse_field(line, lists) for line in lines if line)}
        found.append(ObjectType(name, label, plural, prefix, fields=fields))
    return tuple(found)
