"""CSV that a spreadsheet opens as text and never runs."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common.csv import COMMAS, number_or_text, safe_cell, stream_csv, style_of_reader


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+48 600", "'+48 600"),
        ("-1+1", "'-1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("＝1", "'＝1"),
        ("Acme", "Acme"),
        ("", ""),
        (None, ""),
        (-5, "-5"),
    ],
    ids=repr,
)
def test_a_cell_that_looks_like_a_formula_gets_an_apostrophe(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=2, max_size=2)))
def test_every_table_can_be_read_back_and_holds_no_formula(rows: list[list[str]]) -> None:
    text = b"".join(stream_csv(header=["a", "b"], rows=rows)).decode("utf-8-sig")

    read = list(csv.reader(io.StringIO(text, newline="")))

    assert read == [["a", "b"], *([safe_cell(cell) for cell in row] for row in rows)]
    assert not any(cell.lstrip()[:1] in tuple("=+-@") for row in read[1:] for cell in row if cell)


def test_the_file_begins_with_a_byte_order_mark_and_comes_in_parts() -> None:
    parts = list(stream_csv(header=["n"], rows=([number] for number in range(1200))))

    assert parts[0].startswith(b"\xef\xbb\xbf")
    assert len(parts) == 3


def test_a_file_for_readers_of_decimal_commas_has_semicolons_between_its_cells() -> None:
    with translation.override("pl"):
        style = style_of_reader()
    rows = [[12.5, Decimal("-1250.75"), 7, "a;b"]]

    text = b"".join(stream_csv(header=["w", "x", "y", "z"], rows=rows, style=style))

    assert text.decode("utf-8-sig") == 'w;x;y;z\r\n12,5;-1250,75;7;"a;b"\r\n'
    assert style_of_reader() == COMMAS


def test_a_text_that_is_a_number_is_written_as_one_and_any_other_as_it_is() -> None:
    for text in ("-12.50", "7", "0", "0.5"):
        assert safe_cell(number_or_text(text)) == text
    for text in ("", "007", "1" * 16, "1e3", "1.2.3", "NaN", "-", "1,5", "٣", "-1+1"):
        assert number_or_text(text) is text
