"""HubSpot's rate limits: a rolling ten-second window per token, five searches a second, a daily total.

Headers and bodies as recorded: search answers carry the daily headers only, OAuth answers none of the daily
ones, and a 429 has no Retry-After (HubSpot gives that on 477 migrations, not here).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from simulators.hubspot.errors import HubSpotError

WINDOW = 10.0
_TEN_SECONDLY = {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"}
_DAILY = {"errorType": "RATE_LIMIT", "policyName": "DAILY"}


def day_bounds(zone: str) -> tuple[float, float]:
    """Start and end of the account's day, seconds since 1970: the daily limit resets at its midnight."""
    start = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return start.timestamp(), (start + timedelta(days=1)).timestamp()


class Limiter:
    """Counts calls in memory; what the daily count was before a restart is told by `start_day`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, deque[float]] = {}
        self._searches: dict[str, deque[float]] = {}
        self._day: tuple[float, float] = (0.0, 0.0)
        self._today = 0

    def start_day(self, used: int, zone: str) -> None:
        with self._lock:
            self._day, self._today = day_bounds(zone), used

    def reset(self) -> None:
        with self._lock:
            self._windows.clear()
            self._searches.clear()
            self._today = 0

    def used_today(self, zone: str) -> int:
        with self._lock:
            self._roll(zone)
            return self._today

    def _roll(self, zone: str) -> None:
        if time.time() >= self._day[1]:
            self._day, self._today = day_bounds(zone), 0

    def take(
        self, token: str, *, is_oauth: bool, is_search: bool, limits: dict[str, int], zone: str
    ) -> tuple[dict[str, str], HubSpotError | None]:
        """Count one call; answers its headers, and the refusal when it passes a limit (0: no limit)."""
        now = time.monotonic()
        ten = limits["ten_secondly_oauth" if is_oauth else "ten_secondly"]
        with self._lock:
            self._roll(zone)
            refusal = None
            if limits["daily"] and self._today >= limits["daily"]:
                refusal = _refusal("You have reached your daily limit.", _DAILY)
            elif is_search:
                if not _enter(
                    self._searches.setdefault(token, deque()), now, 1.0, limits["search_secondly"]
                ):
                    refusal = _refusal(
                        "You have reached your secondly limit.", {"category": "RATE_LIMITS"}
                    )
            elif not _enter(self._windows.setdefault(token, deque()), now, WINDOW, ten):
                refusal = _refusal(
                    "You have reached your ten_secondly_rolling limit.", _TEN_SECONDLY
                )
            self._today += refusal is None
            headers = {}
            if not is_oauth and limits["daily"]:
                headers["X-HubSpot-RateLimit-Daily"] = str(limits["daily"])
                headers["X-HubSpot-RateLimit-Daily-Remaining"] = str(
                    max(0, limits["daily"] - self._today)
                )
            if not is_search and ten:
                recent = self._windows.get(token, deque())
                in_second = sum(1 for at in recent if at > now - 1)
                headers |= {
                    "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
                    "X-HubSpot-RateLimit-Max": str(ten),
                    "X-HubSpot-RateLimit-Remaining": str(max(0, ten - len(recent))),
                    "X-HubSpot-RateLimit-Secondly": str(max(1, ten // 10)),
                    "X-HubSpot-RateLimit-Secondly-Remaining": str(max(0, ten // 10 - in_second)),
                }
        return headers, refusal


def _enter(window: deque[float], now: float, length: float, most: int) -> bool:
    while window and window[0] <= now - length:
        window.popleft()
    if most and len(window) >= most:
        return False
    window.append(now)
    return True


class RateLimited(HubSpotError):
    """A 429, whose body differs from other errors': `errorType` and `policyName` stand for `category`."""

    def body(self) -> dict[str, Any]:
        body = super().body()
        if not body["category"]:
            del body["category"]
        return body


def _refusal(message: str, more: dict[str, str]) -> RateLimited:
    rest = {key: value for key, value in more.items() if key != "category"}
    return RateLimited(429, more.get("category", ""), message, extra=rest)
