"""The hourly bars of the API call use card, as SVG that needs no script and no inline style."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template

from common import clock

register = template.Library()

_STEP, _WIDTH, _HEIGHT = 10.0, 7.0, 56.0
_LEAST = 1.5  # an hour without calls still shows that it is an hour


@register.inclusion_tag("integrations/usage_chart.html")
def usage_chart(hourly: Sequence[int], *, now: datetime | None = None) -> dict[str, Any]:
    """24 bars, the oldest first. `hourly` holds calls an hour, the last of them the hour until now."""
    end = now or clock.now()
    highest = max([*hourly, 1])
    bars = []
    for index, calls in enumerate(hourly):
        height = max(calls / highest * _HEIGHT, _LEAST)
        bars.append(
            {
                "x": f"{index * _STEP:.1f}",
                "y": f"{_HEIGHT - height:.2f}",
                "height": f"{height:.2f}",
                "width": f"{_WIDTH:.1f}",
                "calls": calls,
                "start": end - timedelta(hours=len(hourly) - index),
                "end": end - timedelta(hours=len(hourly) - index - 1),
            }
        )
    return {
        "bars": bars,
        "highest": max([*hourly, 0]),
        "view_box": f"0 0 {len(hourly) * _STEP - (_STEP - _WIDTH):.0f} {_HEIGHT:.0f}",
    }
