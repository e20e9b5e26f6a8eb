"""The classifier against tables: every known Salesforce code, and real messages with their types."""

from __future__ import annotations

import csv
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
