"""SOQL's date literals as half-open ranges of days (UTC: the org's users live in GMT)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def _month(day: date, step: int) -> date:
    index = day.year * 12 + day.month - 1 + step
    return date(index // 12, index % 12 + 1, 1)


def day_range(word: str, today: date | None = None) -> tuple[date, date] | None:
    """First day, and the day after the last, of TODAY, LAST_N_DAYS:7 and so on; None for other words."""
    today = today or datetime.now(UTC).date()
    name, _, count = word.partition(":")
    one = timedelta(days=1)
    week = today - timedelta(days=(today.weekday() + 1) % 7)
    month, quarter, year = (
        _month(today, 0),
        _month(today, -((today.month - 1) % 3)),
        date(today.year, 1, 1),
    )
    if not count:
        fixed = {
            "TODAY": (today, today + one),
            "YESTERDAY": (today - one, today),
            "TOMORROW": (today + one, today + 2 * one),
            "THIS_WEEK": (week, week + 7 * one),
            "LAST_WEEK": (week - 7 * one, week),
            "NEXT_WEEK": (week + 7 * one, week + 14 * one),
            "THIS_MONTH": (month, _month(month, 1)),
            "LAST_MONTH": (_month(month, -1), month),
            "NEXT_MONTH": (_month(month, 1), _month(month, 2)),
            "THIS_QUARTER": (quarter, _month(quarter, 3)),
            "LAST_QUARTER": (_month(quarter, -3), quarter),
            "NEXT_QUARTER": (_month(quarter, 3), _month(quarter, 6)),
            "THIS_YEAR": (year, _month(year, 12)),
            "LAST_YEAR": (_month(year, -12), year),
            "NEXT_YEAR": (_month(year, 12), _month(year, 24)),
            "LAST_90_DAYS": (today - 90 * one, today + one),
            "NEXT_90_DAYS": (today + one, today + 91 * one),
        }
        return fixed.get(name)
    n = int(count)
    counted = {
        "LAST_N_DAYS": (today - n * one, today + one),
        "NEXT_N_DAYS": (today + one, today + (n + 1) * one),
        "N_DAYS_AGO": (today - n * one, today - (n - 1) * one),
        "LAST_N_WEEKS": (week - 7 * n * one, week),
        "NEXT_N_WEEKS": (week + 7 * one, week + 7 * (n + 1) * one),
        "LAST_N_MONTHS": (_month(month, -n), month),
        "NEXT_N_MONTHS": (_month(month, 1), _month(month, n + 1)),
        "LAST_N_YEARS": (_month(year, -12 * n), year),
        "NEXT_N_YEARS": (_month(year, 12), _month(year, 12 * (n + 1))),
    }
    return counted.get(name)
