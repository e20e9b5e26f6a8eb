"""The catalogue and the classifier know the same causes."""

from __future__ import annotations

import re

import pytest

from errors.catalogue import TYPES, TypeEntry, causes_of, get_cause, get_type
from errors.classification import engine, hubspot_codes, hubspot_texts, salesforce_codes
from errors.classifier import classify
from errors.tests.test_classifier_tables import rows
from errors.types import ErrorType

Slugs = set[tuple[str, str]]
IN_CATALOGUE: Slugs = {(e.type.value, c.slug) for e in TYPES for c in e.causes}


def from_the_tables() -> Slugs:
    places = [
        *salesforce_codes.CODES.values(),
        *salesforce_codes.HTTP_PLACES.values(),
        *hubspot_codes.CODES.values(),
        *hubspot_codes.UNDECIDED.values(),
        *engine.CODES.values(),
        *(place for _, place in hubspot_texts._COMPILED),
    ]
    return {(kind.value, cause) for kind, cause in places}


def from_the_messages() -> Slugs:
    found = [
        classify(
            system=row["system"],
            code=row["code"],
            message=row["message"],
            fields=row["fields"].split(";"),
        )
        for table in ("messages.csv", "more_messages.csv")
        for row in rows(table)
    ]
    return {(c.type.value, c.cause) for c in found}


def test_every_cause_of_the_classifier_is_in_the_catalogue() -> None:
    assert from_the_tables() | from_the_messages() <= IN_CATALOGUE


def test_every_cause_of_the_catalogue_can_be_reached() -> None:
    assert from_the_tables() | from_the_messages() >= IN_CATALOGUE


def test_the_eight_types_stand_in_the_order_of_the_cards() -> None:
    assert [entry.type for entry in TYPES] == list(ErrorType)


@pytest.mark.parametrize("slug", [c.slug for entry in TYPES for c in entry.causes])
def test_a_slug_names_one_cause_and_fits_the_column(slug: str) -> None:
    holders = [entry.type for entry in TYPES for c in entry.causes if c.slug == slug]

    assert len(holders) == 1
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", slug)
    assert len(slug) <= 60


@pytest.mark.parametrize("entry", TYPES, ids=lambda entry: entry.type.value)
def test_every_text_is_a_sentence_and_every_cause_ends_with_a_way_on(entry: TypeEntry) -> None:
    found = get_type(entry.type)

    assert str(found.description).endswith(".")
    assert str(found.appears_when).endswith(".")
    assert 3 <= len(found.steps) <= 4
    assert all(str(step).endswith(".") for step in found.steps)
    assert "Resync" in str(found.steps[-1])
    for cause in causes_of(found.type):
        assert str(cause.explanation).endswith("."), cause.slug
        assert 2 <= len(cause.steps) <= 5, cause.slug
        assert all(str(step).endswith((".", "?")) for step in cause.steps), cause.slug
        assert any(word in str(cause.steps[-1]) for word in ("Resync", "support")), cause.slug


def test_a_cause_that_a_release_dropped_reads_as_unknown() -> None:
    assert get_cause("picklists", "of-an-older-release").slug == "unknown"
