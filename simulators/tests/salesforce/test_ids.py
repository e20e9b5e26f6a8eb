from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.salesforce import ids

REAL = ["0014S000007NxmlQAC", "0034S000005YJVlQAO", "00Q4S000002sSacUAE", "0TO4S000000GuXcWAK"]


@pytest.mark.parametrize("real", REAL)
def test_suffix_equals_that_of_real_ids(real: str) -> None:
    assert ids.suffix(real[:15]) == real[15:]


@given(st.from_regex(r"[A-Za-z0-9]{15}", fullmatch=True))
def test_an_id_in_lost_case_is_repaired_from_its_suffix(short: str) -> None:
    full = short + ids.suffix(short)
    assert ids.normal(short) == full
    assert ids.normal(full.lower()) == full
    assert ids.normal(full.upper()) == full


@given(st.integers(min_value=0, max_value=62**5 - 1))
def test_made_ids_are_valid_and_keep_their_prefix(number: int) -> None:
    made = ids.make("003", number)
    assert len(made) == 18
    assert made[:3] == "003"
    assert ids.normal(made) == made


@pytest.mark.parametrize(
    "wrong", ["", "x", None, 12, "0014S000007Nxml!", "0014S000007NxmlQA", "0014S000007Nxml999"]
)
def test_other_texts_are_no_ids(wrong: object) -> None:
    assert ids.normal(wrong) is None
