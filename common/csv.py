"""CSV as people open it: in Excel, where a cell that begins like a formula is run as one.

Excel splits a file at the list separator of the reader's regional settings. Where people write numbers with a decimal
comma that is a semicolon, and a file with commas lands in its first column whole. A `sep=` line would tell Excel, but
every other program takes it for data.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.formats import get_format

# OWASP's list, with the full-width forms that spreadsheets fold to ASCII.
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠|%")
_BOM = "\ufeff"  # without it Excel takes UTF-8 for the machine's old code page
_NUMBER = re.compile(r"-?(?=[0-9.]{1,15}$)(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_ROWS_PER_PART = 500


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How a file separates its cells and writes its decimals."""

    separator: str
    decimal_mark: str


# What programs read, and spreadsheets where a point stands before decimals.
COMMAS = CsvStyle(separator=",", decimal_mark=".")
SEMICOLONS = CsvStyle(separator=";", decimal_mark=",")


def style_of_reader() -> CsvStyle:
    """The style that Excel opens right where people write numbers as the active language does."""
    return SEMICOLONS if get_format("DECIMAL_SEPARATOR") == "," else COMMAS


def safe_cell(value: Any, style: CsvStyle = COMMAS) -> str:
    """`value` as text that no spreadsheet runs: an apostrophe in front of what looks like a formula.

    Numbers and None are never in danger: numbers are written plainly, with the style's decimal mark.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value).replace(".", style.decimal_mark)
    if isinstance(value, Decimal):
        return format(value, "f").replace(".", style.decimal_mark)
    text = str(value).replace("\x00", "")
    if text[:1] in _FORMULA_STARTS or text.lstrip()[:1] in _FORMULA_STARTS:
        return "'" + text
    return text


def number_or_text(text: str) -> Decimal | str:
    """A text that is nothing but a number as that number: in the style of the file, and no formula for its minus.

    With leading zeros, or more digits than a spreadsheet keeps, it is a text that happens to be made of digits.
    """
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def stream_csv(
    *, header: Sequence[str], rows: Iterable[Sequence[Any]], style: CsvStyle = COMMAS
) -> Iterator[bytes]:
    """A UTF-8 file with BOM and CRLF, in parts of 500 rows; memory does not grow with the rows."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=style.separator)
    buffer.write(_BOM)
    writer.writerow([safe_cell(name) for name in header])
    for number, row in enumerate(rows, start=1):
        writer.writerow([safe_cell(value, style) for value in row])
        if number % _ROWS_PER_PART == 0:
            yield _taken(buffer)
    if buffer.tell():
        yield _taken(buffer)


def csv_response(parts: Iterable[bytes], *, file_name: str) -> StreamingHttpResponse:
    """A download of a streamed CSV; `file_name` is of characters that a header holds as they are."""
    return StreamingHttpResponse(
        parts,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def _taken(buffer: io.StringIO) -> bytes:
    part = buffer.getvalue().encode("utf-8", errors="replace")
    buffer.seek(0)
    buffer.truncate()
    return part
