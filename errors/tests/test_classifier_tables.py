"""The classifier against tables: every known Salesforce code, and real messages with their types."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from errors.classifier import classify
from errors.types import ErrorType

DATA = Path(__file__).parent / "data"
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def each(name: str, key: str) -> list[ParameterSet]:
    """The rows of a table as parameters; line numbers keep equal messages apart."""
    return [
        pytest.param(row, id=f"{number}: {row[key][:50]}")
        for number, row in enumerate(rows(name), start=2)
    ]


def type_of(row: Row) -> ErrorType:
    fields = [name for name in row["fields"].split(";") if name]
    return classify(
        system=row["system"], code=row["code"], message=row["message"], fields=fields
    ).type


@pytest.mark.parametrize("row", each("salesforce_codes.csv", "code"))
def test_every_salesforce_code_lands_in_its_type(row: Row) -> None:
    found = classify(system="salesforce", code=row["code"], message="")

    assert found.type == row["type"]


@pytest.mark.parametrize("row", each("messages.csv", "message"))
def test_real_messages_land_in_their_type(row: Row) -> None:
    assert type_of(row) == row["expected_type"]


@pytest.mark.parametrize("row", each("more_messages.csv", "message"))
def test_messages_found_later_land_in_their_type(row: Row) -> None:
    assert type_of(row) == row["expected_type"]


def test_codes_in_lower_case_and_with_blanks_change_nothing() -> None:
    for row in rows("messages.csv"):
        assert type_of({**row, "code": f" {row['code'].lower()} "}) == row["expected_type"], row


def test_a_message_alone_with_its_code_in_front_changes_little() -> None:
    """Some tools log `CODE: text` only; nine of ten must still land right."""
    table = rows("messages.csv")
    shifted = [{**r, "code": "", "message": f"{r['code']}: {r['message']}"} for r in table]

    right = Counter(type_of(row) == row["expected_type"] for row in shifted)

    assert right[True] / len(table) >= 0.9
