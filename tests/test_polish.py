"""The Polish catalogue is complete, fits Django's plural rule, and is compiled."""

from __future__ import annotations

import re
from pathlib import Path

import django
import polib
import pytest
from django.utils import translation
from django.utils.translation import ngettext

FOLDER = Path(__file__).parent.parent / "locale" / "pl" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(FOLDER / "django.po"))


def test_nothing_is_untranslated_or_guessed(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_plural_rule_is_djangos_own(catalogue: polib.POFile) -> None:
    """Django reads one rule a language: with another one, forms would be mixed up."""
    own = Path(django.__file__).parent / "conf/locale/pl/LC_MESSAGES/django.po"

    assert catalogue.metadata["Plural-Forms"] == polib.pofile(str(own)).metadata["Plural-Forms"]


def test_every_placeholder_is_kept(catalogue: polib.POFile) -> None:
    for entry in catalogue:
        wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            assert set(PLACEHOLDER.findall(text)) == wanted, entry.msgid


def test_compiled_catalogue_is_that_of_the_source(catalogue: polib.POFile) -> None:
    compiled = {
        (entry.msgctxt, entry.msgid): entry.msgstr or entry.msgstr_plural
        for entry in polib.mofile(str(FOLDER / "django.mo"))
    }

    for entry in catalogue:
        assert compiled.get((entry.msgctxt, entry.msgid)) == (
            entry.msgstr or entry.msgstr_plural
        ), f"run `manage.py compilemessages`: {entry.msgid}"


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1 rekord"), (2, "2 rekordy"), (5, "5 rekordów"), (22, "22 rekordy")]
)
def test_polish_counts_in_its_own_way(number: int, text: str) -> None:
    with translation.override("pl"):
        counted = ngettext("%(number)d record", "%(number)d records", number) % {"number": number}

    assert counted == text
