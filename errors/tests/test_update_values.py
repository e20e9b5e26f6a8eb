"""What a property can hold, and what Salesforce demands: tables of cases, and properties of the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from errors.jobs.update_checks import check_value
from errors.jobs.update_values import hubspot_value
from integrations.engine.values import Pair
from integrations.schemas import FieldSchema, PropertySchema
from simulators.hubspot.validation import BadValue, check


def prop(kind: str = "string", field_type: str = "text", **values: Any) -> PropertySchema:
    given_values: dict[str, Any] = {
        "name": "p",
        "label": "Prop",
        "type": kind,
        "field_type": field_type,
        "options": (),
        "read_only": False,
        "has_unique_value": False,
    }
    return PropertySchema(**{**given_values, **values})


def field(kind: str = "string", **values: Any) -> FieldSchema:
    given_values: dict[str, Any] = {
        "name": "F__c",
        "label": "Field",
        "type": kind,
        "length": 0,
        "precision": 0,
        "scale": 0,
        "nillable": True,
        "createable": True,
        "updateable": True,
        "permissionable": True,
        "calculated": False,
        "restricted_picklist": False,
        "picklist_values": (),
        "reference_to": (),
        "external_id": False,
        "unique": False,
    }
    return FieldSchema(**{**given_values, **values})


SELECT = prop("enumeration", "select", options=("gold", "silver"), labels={"gold": "Gold"})
BOXES = prop("enumeration", "checkbox", options=("a", "b", "c"))
FLAG = prop("bool", "booleancheckbox", options=("true", "false"))
PROPS = {
    "text": prop(),
    "number": prop("number", "number"),
    "date": prop("date", "date"),
    "datetime": prop("datetime", "date"),
    "select": SELECT,
    "boxes": BOXES,
    "flag": FLAG,
    "bare flag": prop("bool", "booleancheckbox"),
    "owner": prop("enumeration", "select"),
}

GOOD = [
    ("text", " Head of Lab ", " Head of Lab "),
    ("text", "ąę 漢字 🎈", "ąę 漢字 🎈"),
    ("number", " 12.50 ", "12.50"),
    ("number", "-3", "-3"),
    ("number", "1e3", "1e3"),
    ("date", "2026-09-30", "2026-09-30"),
    ("date", "1790726400000", "2026-09-30"),
    ("date", "2024-02-29", "2024-02-29"),
    ("datetime", "2026-09-30T14:30", "2026-09-30T14:30:00.000Z"),
    ("datetime", "2026-09-30T14:30:00+02:00", "2026-09-30T12:30:00.000Z"),
    ("datetime", "1790726400001", "2026-09-30T00:00:00.001Z"),
    ("select", "gold", "gold"),
    ("boxes", "a; c;a", "a;c"),
    ("flag", "TRUE", "true"),
    ("bare flag", "false", "false"),
    ("owner", "1234", "1234"),
]
BAD = [
    ("text", "", "Give a value"),
    ("text", " \n ", "Give a value"),
    ("text", "a\x00b", "cannot be stored"),
    ("text", "x" * 65_537, "at most 65,536"),
    ("number", "12,5", "not a number"),
    ("number", "1 000", "not a number"),
    ("number", "NaN", "not a number"),
    ("number", "Infinity", "not a number"),
    ("number", "1_000", "not a number"),
    ("number", "1e999999", "not a number"),
    ("number", "twelve", "not a number"),
    ("date", "30.09.2026", "not a day"),
    ("date", "2026-02-30", "not a day"),
    ("date", "2026-13-01", "not a day"),
    ("date", "1790726400001", "midnight"),
    ("date", "99999999964800000", "not a day"),
    ("datetime", "tomorrow", "not a date and time"),
    ("datetime", "2026-09-30T25:00", "not a date and time"),
    ("select", "Gold", "not an option"),
    ("select", "gold;silver", "not an option"),
    ("boxes", "a;d", "not an option"),
    ("boxes", ";", "Give a value"),
    ("flag", "yes", "not an option"),
]


@pytest.mark.parametrize(("name", "given_text", "stored"), GOOD)
def test_value_is_stored_as_hubspot_has_it(name: str, given_text: str, stored: str) -> None:
    assert hubspot_value(PROPS[name], given_text) == (stored, "")


@pytest.mark.parametrize(("name", "given_text", "said"), BAD)
def test_value_that_the_property_cannot_hold_is_refused(
    name: str, given_text: str, said: str
) -> None:
    value, why = hubspot_value(PROPS[name], given_text)

    assert value == ""
    assert said in why


@given(name=st.sampled_from(sorted(PROPS)), text=st.text(max_size=40))
def test_what_is_accepted_is_accepted_as_it_comes_out(name: str, text: str) -> None:
    value, why = hubspot_value(PROPS[name], text)

    assert bool(why) == (value == "")
    if value:
        assert hubspot_value(PROPS[name], value) == (value, "")


@given(
    name=st.sampled_from(["number", "date", "datetime", "select", "boxes", "flag"]),
    text=st.one_of(
        st.text(alphabet="0123456789.-+eT:Z;abc ", max_size=24),
        st.dates().map(str),
        st.datetimes().map(str),
        st.integers(-(10**13), 10**13).map(str),
        st.floats(allow_nan=False).map(repr),
    ),
)
def test_hubspot_stores_whatever_is_accepted(name: str, text: str) -> None:
    value, why = hubspot_value(PROPS[name], text)
    if why:
        return
    definition = {
        "name": "p",
        "type": PROPS[name].type,
        "fieldType": PROPS[name].field_type,
        "options": [{"value": one} for one in PROPS[name].options],
    }
    try:
        check(definition, value)
    except BadValue as bad:  # pragma: no cover - the failure's text
        pytest.fail(f"{name}: {value!r}: {bad.message}")


def checked(
    property_: PropertySchema,
    field_: FieldSchema | None,
    value: str = "x",
    *,
    rule: str = "two_way",
    mode: str = "set",
    paused: bool = False,
) -> tuple[list[str], list[str]]:
    found = check_value(
        prop=property_, salesforce_field=field_, rule=rule, paused=paused, mode=mode, value=value
    )
    return found.refused, found.told


NUMBER = prop("number", "number")
TIERS = field("picklist", picklist_values=("Gold", "Basic"))
# property, field, value, what is refused, what is told
DEMANDS = [
    (prop(), field(length=5), "12345", "", ""),
    (prop(), field(length=5), "123456", "at most 5 characters; this has 6", ""),
    (NUMBER, field("double", precision=5, scale=2), "999.99", "", ""),
    (NUMBER, field("double", precision=5, scale=2), "1000", "at most 3 digits before", ""),
    (NUMBER, field("double", precision=5, scale=2), "1.234", "", "keeps 2 decimal places"),
    (NUMBER, field("double", precision=5, scale=0), "0", "", ""),
    (NUMBER, field("int"), "7", "", ""),
    (SELECT, TIERS, "gold", "", ""),
    (SELECT, TIERS, "silver", "", "takes other values too"),
    (SELECT, replace(TIERS, restricted_picklist=True), "gold", "", ""),
    (SELECT, replace(TIERS, restricted_picklist=True), "silver", "restricted picklist", ""),
    (
        BOXES,
        field("multipicklist", picklist_values=("a", "b"), restricted_picklist=True),
        "a;b;c",
        "“c” is not in",
        "",
    ),
    (prop(), field("email", length=80), "a@b.example", "", ""),
    (prop(), field("email", length=80), "no mail", "takes a mail address", ""),
]


@pytest.mark.parametrize(("property_", "field_", "value", "refused", "told"), DEMANDS)
def test_what_the_salesforce_field_demands(
    property_: PropertySchema, field_: FieldSchema, value: str, refused: str, told: str
) -> None:
    found_refused, found_told = checked(property_, field_, value)

    assert [refused in one for one in found_refused] == ([True] if refused else [])
    assert [told in one for one in found_told] == ([True] if told else [])


@pytest.mark.parametrize("mode", ["set", "clear", "touch"])
@pytest.mark.parametrize("what", ["read_only", "calculated"])
def test_property_that_can_only_be_read_is_refused(mode: str, what: str) -> None:
    flags: dict[str, Any] = {what: True}
    refused, _told = checked(prop(**flags), field(), mode=mode)

    assert "can only be read" in refused[0]


def test_unique_property_takes_no_value_for_many_but_may_be_touched() -> None:
    unique = prop(has_unique_value=True)

    assert "unique" in checked(unique, field())[0][0]
    assert checked(unique, field(), mode="touch") == ([], [])


NOT_CARRIED = [
    ({"rule": "always_salesforce"}, field(), "Always use Salesforce"),
    ({"rule": "none"}, field(), "Don't sync"),
    ({"paused": True}, field(), "paused"),
    ({}, None, "not there in Salesforce"),
    ({}, field("boolean"), "types of the property"),
    ({}, field(calculated=True), "only be read in Salesforce"),
    ({}, field(updateable=False), "may not edit"),
]


@pytest.mark.parametrize(("how", "field_", "why"), NOT_CARRIED)
@pytest.mark.parametrize("mode", ["set", "clear", "touch"])
def test_value_that_the_sync_does_not_carry_is_told_not_refused(
    how: dict[str, Any], field_: FieldSchema | None, why: str, mode: str
) -> None:
    refused, told = checked(prop(), field_, mode=mode, **how)

    assert refused == []
    assert len(told) == 1
    assert "will not carry" in told[0]
    assert why in told[0]


def test_clearing_a_required_field_is_refused() -> None:
    required = field(nillable=False)

    assert "required" in checked(prop(), required, mode="clear")[0][0]
    assert checked(prop(), field(), mode="clear") == ([], [])
    assert checked(FLAG, field("boolean", nillable=False), mode="clear") == ([], [])


def test_prefer_salesforce_says_what_it_carries() -> None:
    _refused, told = checked(prop(), field(), rule="prefer_salesforce")
    assert "whose “Field” is empty" in told[0]

    refused, told = checked(prop(), field(nillable=False), rule="prefer_salesforce", mode="clear")
    assert refused == []
    assert "not carried to Salesforce" in told[0]


@given(text=st.text(min_size=1, max_size=30), length=st.integers(1, 30))
def test_no_text_longer_than_the_field_passes(text: str, length: int) -> None:
    refused, _told = checked(prop(), field(length=length), text)
    carried = Pair(prop(), field(length=length), "two_way").from_hubspot(text)

    if not refused:
        assert len(carried) <= length


TYPED = [
    ("pl", "12,5", "12.5"),
    ("pl", "-1250,75", "-1250.75"),
    ("pl", "1 250", "1250"),
    ("pl", "1\u00a0234\u00a0567,5", "1234567.5"),
    ("pl", "1\u202f250", "1250"),
    ("pl", "12.5", "12.5"),
    ("pl", "0.125", "0.125"),
    ("pl", "1250", "1250"),
    ("en", "12.5", "12.5"),
    ("en", "1,250", "1250"),
    ("en", "1,234,567.5", "1234567.5"),
    ("en", "1.234", "1.234"),
]


@pytest.mark.parametrize(("language", "typed", "stored"), TYPED, ids=repr)
def test_a_number_is_taken_as_the_reader_writes_it_and_stored_as_hubspot_does(
    language: str, typed: str, stored: str
) -> None:
    with translation.override(language):
        assert hubspot_value(PROPS["number"], typed, as_typed=True) == (stored, "")


NOT_TYPED = [
    ("en", "12,5", "Write it like 1,250 or 12.5."),
    ("en", "1 250", "Write it like 1,250 or 12.5."),
    ("pl", "1,234,567", "Zapisz ją jak 1\xa0250 lub 12,5."),
    ("pl", "12 50", "Zapisz ją jak"),
    ("pl", "1.234,5", "Zapisz ją jak"),
    ("pl", "1.234", "Wpisz 1234, jeśli to liczba całkowita, albo 1,234, jeśli z częścią ułamkową."),
]


@pytest.mark.parametrize(("language", "typed", "said"), NOT_TYPED, ids=repr)
def test_a_number_that_the_reader_would_not_write_so_is_refused_with_how_to_write_it(
    language: str, typed: str, said: str
) -> None:
    with translation.override(language):
        stored, told = hubspot_value(PROPS["number"], typed, as_typed=True)

    assert stored == ""
    assert said in told


def test_programs_write_numbers_with_a_point_whatever_the_language() -> None:
    with translation.override("pl"):
        assert hubspot_value(PROPS["number"], "12,5")[0] == ""
        assert hubspot_value(PROPS["number"], "1.234") == ("1.234", "")
