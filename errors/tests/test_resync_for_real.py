"""Resync with the real engine, clients and simulators: fixed errors go, the others say why not."""

from __future__ import annotations

import pytest

from benchmarks.resync_world import World
from errors.counters import find_drift
from errors.models import ResyncBatch, SyncError
from simulators.testing import Simulators

pytestmark = pytest.mark.django_db(transaction=True)


def test_errors_go_once_their_cause_is_fixed_with_a_describe_and_a_write(
    simulators: Simulators,
) -> None:
    world = World(simulators)
    world.make_errors(5)
    assert SyncError.objects.filter(type="picklists", status="open").count() == 5

    still, _ = world.resync(key="too early")
    world.mend()
    fixed, counted = world.resync(key="mended")

    assert (still.state, still.done, still.failed) == ("finished", 0, 5)
    assert all("picklist" in item.reason for item in still.items.all())
    assert (fixed.state, fixed.done, fixed.failed) == ("finished", 5, 0)
    assert fixed.api_calls == counted == 2
    assert not SyncError.objects.filter(status="open").exists()
    assert ResyncBatch.objects.count() == 2
    assert world.connection is not None
    assert find_drift(connection_id=world.connection.pk) == []
