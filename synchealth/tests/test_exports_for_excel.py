"""The downloads of the pages, as the reader's Excel splits them; what the API answers stays as programs read it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from errors.models import AffectedRecord, SyncError
from errors.saved_views import create_view
from errors.types import ErrorType
from integrations.models import Connection
from tests.people import People

LogIn = Callable[[str], Client]


def downloads(connection: Connection) -> list[tuple[str, str]]:
    """(address on the pages, address in the API or "") of every export."""
    error = SyncError.objects.get(connection=connection, type=ErrorType.PICKLISTS)
    view = create_view(
        connection_id=connection.pk,
        name="Partners",
        user=None,
        records=AffectedRecord.objects.filter(error=error),
    )
    panel = "sync-health/picklists"
    return [
        (f"{panel}/export/", "errors/export/?type=picklists"),
        (f"{panel}/export/selected/?errors={error.pk}", ""),
        (f"errors/{error.pk}/records/export/", f"errors/{error.pk}/records/export/"),
        (f"views/{view.public_id}/export/", f"views/{view.public_id}/records/export/"),
    ]


def table(answer: Any, separator: str) -> list[list[str]]:
    assert answer.status_code == 200, answer.content
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize(("language", "separator"), [("pl", ";"), ("en", ",")])
def test_every_download_of_a_page_is_split_as_the_readers_excel_splits(
    connection: Connection, people: People, as_user: LogIn, language: str, separator: str
) -> None:
    User.objects.filter(pk=people.viewer.pk).update(language=language)

    for page, _ in downloads(connection):
        answer = as_user("viewer").get(f"/connections/{connection.pk}/{page}")
        header, row = table(answer, separator)
        assert len(header) == len(row) > 10, page
        assert not any("sep=" in cell for cell in header)


def test_the_api_writes_commas_whatever_the_language(
    connection: Connection, people: People
) -> None:
    User.objects.filter(pk=people.viewer.pk).update(language="pl")
    token = ApiToken.issue(user=people.viewer, name="test")[1]

    for _, call in downloads(connection):
        if call:
            answer = Client().get(
                f"/api/v1/connections/{connection.pk}/{call}",
                headers={"Authorization": f"Bearer {token}", "Accept-Language": "pl"},
            )
            assert len(table(answer, ",")[1]) > 10, call
