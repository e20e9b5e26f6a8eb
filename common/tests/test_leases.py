"""Who holds a lease, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from common import leases
from integrations.models import Connection
from integrations.testing import make_connection

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES: dict[str, Any] = {"until_field": "sync_lease_until", "token_field": "sync_lease_token"}
pytestmark = pytest.mark.django_db


def row() -> Any:
    return Connection.objects.filter(pk=make_connection().pk)


def test_a_lease_is_given_to_one_until_it_ends() -> None:
    rows = row()
    with time_machine.travel(NOON, tick=False) as now:
        first = leases.take(rows, seconds=60, **NAMES)
        assert first is not None
        assert first.until == NOON + timedelta(seconds=60)
        assert leases.take(rows, seconds=60, **NAMES) is None

        now.shift(timedelta(seconds=60))
        second = leases.take(rows, seconds=60, **NAMES)

    assert second is not None
    assert second.token != first.token


def test_who_lost_a_lease_can_neither_extend_nor_release_it() -> None:
    rows = row()
    with time_machine.travel(NOON, tick=False) as now:
        lost = leases.take(rows, seconds=60, **NAMES)
        now.shift(timedelta(seconds=61))
        held = leases.take(rows, seconds=60, **NAMES)
        assert lost is not None
        assert held is not None

        assert leases.extend(rows, lost, seconds=60, **NAMES) is None
        assert not leases.release(rows, lost, **NAMES)
        longer = leases.extend(rows, held, seconds=600, **NAMES)

    assert longer is not None
    assert longer.until == NOON + timedelta(seconds=661)


def test_a_released_lease_is_free_at_once() -> None:
    rows = row()
    held = leases.take(rows, seconds=60, **NAMES)
    assert held is not None

    assert leases.release(rows, held, name="Renamed", **NAMES)

    assert rows.get().name == "Renamed"
    assert leases.take(rows, seconds=60, **NAMES) is not None
