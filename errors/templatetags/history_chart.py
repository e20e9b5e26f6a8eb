"""The chart of the history: what opened and came back above the line, what was resolved below it.

SVG that needs no script and no inline style. Lengths are per cent of the drawing, so that it is stretched to
any width while its letters are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from errors.history import HistoryDay

register = template.Library()

_TOP, _HEIGHT = 5.0, 90.0  # the drawing's part of the box: the letters at its ends need room
_LEAST = 1.2  # one error among thousands still shows
_LETTERS = (
    8.0  # what a line of letters takes: closer to the zero than that, a label would lie on it
)
_GAP = 0.22  # of a day's width


@register.inclusion_tag("errors/history_chart.html")
def history_chart(days: Sequence[HistoryDay]) -> dict[str, Any]:
    """One column a day, the oldest first."""
    above = max((day.numbers.opened + day.numbers.reopened for day in days), default=0)
    below = max((day.numbers.resolved for day in days), default=0)
    scale = _HEIGHT / max(above + below, 1)
    line = _TOP + above * scale
    step = 100 / max(len(days), 1)
    columns = []
    for index, day in enumerate(days):
        opened = _height(day.numbers.opened, scale)
        reopened = _height(day.numbers.reopened, scale)
        columns.append(
            {
                "day": day.day,
                "numbers": day.numbers,
                "x": _text(index * step + step * _GAP / 2),
                "width": _text(step * (1 - _GAP)),
                # The whole column, so that a thin bar is not hard to point at.
                "column_x": _text(index * step),
                "column_width": _text(step),
                "bars": [
                    {"kind": kind, "y": _text(y), "height": _text(height)}
                    for kind, y, height in (
                        ("opened", line - opened, opened),
                        ("reopened", line - opened - reopened, reopened),
                        ("resolved", line, _height(day.numbers.resolved, scale)),
                    )
                    if height
                ],
            }
        )
    middle = days[len(days) // 2].day if len(days) > 2 else None
    return {
        "columns": columns,
        "above": above,
        "below": below,
        "above_label": above * scale >= _LETTERS,
        "below_label": below * scale >= _LETTERS,
        "line": _text(line),
        "above_y": _text(_TOP),
        "below_y": _text(_TOP + (above + below) * scale),
        "first": days[0].day if days else None,
        "middle": middle,
        "last": days[-1].day if days else None,
    }


@register.filter
def duration(seconds: int | None) -> str:
    """A number of seconds in words, of its two largest units."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return _("less than a minute")
    now = timezone.now()
    return timesince(now - timedelta(seconds=seconds), now)


def _height(number: int, scale: float) -> float:
    return max(number * scale, _LEAST) if number else 0.0


def _text(number: float) -> str:
    return f"{number:.3f}"  # never in the reader's language: SVG has no decimal commas
