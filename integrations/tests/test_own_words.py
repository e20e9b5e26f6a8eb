"""What we say ourselves is shown in the reader's language, however long ago it was stored."""

from __future__ import annotations

import pytest
from django.utils import translation

from integrations.own_words import in_readers_words

WAITS = "Fjordlys Energi AS has not synced to HubSpot yet"
TYPES = "Score is of type string, Score of the person of type double"


def test_a_sentence_of_ours_is_shown_in_polish_with_its_own_names() -> None:
    with translation.override("pl"):
        shown = in_readers_words(WAITS)

    assert shown == "Fjordlys Energi AS: rekord nie jest jeszcze zsynchronizowany z HubSpot"
    assert in_readers_words(WAITS) == WAITS


@pytest.mark.parametrize(
    "words",
    ["bad value for restricted picklist field: A", "", "has not synced to HubSpot yet", "100 %"],
)
def test_what_a_crm_said_stays_as_it_is(words: str) -> None:
    with translation.override("pl"):
        assert in_readers_words(words) == words


def test_words_that_a_crm_uses_too_are_ours_only_where_no_crm_was_asked() -> None:
    with translation.override("pl"):
        assert in_readers_words(TYPES, found_without_call=False) == TYPES
        assert in_readers_words(TYPES) == TYPES
        ours = in_readers_words(TYPES, found_without_call=True)

    assert ours == "Score jest typu string, Score of the person – typu double"
