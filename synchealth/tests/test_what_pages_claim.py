"""What the pages say is so: of what is ignored, resolved, tried and under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from errors.ignoring import ignore_errors
from errors.models import SyncError
from errors.types import ErrorType
from integrations.models import Connection

LogIn = Callable[[str], Client]


@pytest.fixture
def at(connection: Connection) -> str:
    return f"/connections/{connection.pk}"


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def the_error(connection: Connection, kind: ErrorType = ErrorType.PICKLISTS) -> SyncError:
    return SyncError.objects.get(connection=connection, type=kind)


def test_a_panel_whose_errors_are_all_ignored_does_not_claim_that_every_record_syncs(
    connection: Connection, at: str, as_user: LogIn, django_assert_num_queries: Any
) -> None:
    client = as_user("viewer")
    panel = f"{at}/sync-health/picklists/"
    full = page_of(client.get(panel))
    ignore_errors(
        connection_id=connection.pk, error_ids=[the_error(connection).pk], reason="Known."
    )

    with django_assert_num_queries(14):  # the batches of no row are not asked for
        told = page_of(client.get(panel))
    filtered = page_of(client.get(f"{panel}?search=nowhere"))

    assert "still do not sync" not in full
    assert "Every record that could have one of these errors syncs." not in told
    assert "their records still do not sync" in told
    assert f'href="{panel}?status=ignored"' in told[told.index("No open errors of this type") :]
    assert "No error fits these filters" in filtered


def test_a_panel_without_any_error_says_that_every_record_syncs(
    connection: Connection, at: str, as_user: LogIn
) -> None:
    SyncError.objects.filter(type=ErrorType.PICKLISTS).delete()

    told = page_of(as_user("viewer").get(f"{at}/sync-health/picklists/"))

    assert "Every record that could have one of these errors syncs." in told
