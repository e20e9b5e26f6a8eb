"""What other parts rely on being told, and what a new connection has from its first moment."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from errors.models import ErrorCounter, ErrorStream
from errors.recording import record_outcomes
from errors.signals import events_recorded
from errors.tests.fakes import contact, failed, make_connection
from errors.types import ErrorType
from integrations.models import Connection
from integrations.signals import connection_created

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


@pytest.fixture
def told() -> Any:
    heard: list[tuple[int, int, int]] = []

    def hear(*, connection_id: int, from_seq: int, to_seq: int, **_: object) -> None:
        heard.append((connection_id, from_seq, to_seq))

    events_recorded.connect(hear)
    yield heard
    events_recorded.disconnect(hear)


def test_events_are_told_once_they_are_committed(
    connection: Connection,
    told: list[tuple[int, int, int]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        record_outcomes(
            connection_id=connection.pk,
            outcomes=[failed(contact(1), "picklists/a", "other/b")],
        )
        assert told == []
    with django_capture_on_commit_callbacks(execute=True):
        record_outcomes(
            connection_id=connection.pk, outcomes=[failed(contact(1), "picklists/a", "other/b")]
        )

    assert told == [(connection.pk, 0, 2)]  # the second recording had no news


def test_a_new_connection_has_its_stream_and_eight_counters() -> None:
    connection = make_connection()

    connection_created.send(sender=Connection, connection=connection)
    connection_created.send(sender=Connection, connection=connection)

    assert ErrorStream.objects.filter(connection=connection).count() == 1
    counters = ErrorCounter.objects.filter(connection=connection)
    assert set(counters.values_list("type", flat=True)) == set(ErrorType.values)
