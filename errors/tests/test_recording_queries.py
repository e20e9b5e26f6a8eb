"""Recording a page costs a fixed number of queries, and only few of them hold the lock for long."""

from __future__ import annotations

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from errors.models import AffectedRecord
from errors.recording import record_outcomes
from errors.saved_views import create_view
from errors.tests.fakes import contact, failed, synced
from integrations.models import Connection
from integrations.outcomes import Outcome

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


VIEWS = "SELECT errors_savedviewrecord"


def queries(connection: Connection, outcomes: list[Outcome]) -> list[str]:
    with CaptureQueriesContext(
        database,
    ) as captured:
        record_outcomes(connection_id=connection.pk, outcomes=outcomes)
    return [query["sql"] for query in captured.captured_queries]


def failing(number: int, *, message: str = "No.") -> list[Outcome]:
    """`number` records, each with an error of its own and one that all share."""
    return [
        failed(contact(n), f"picklists/{n}", "other/shared", message=message) for n in range(number)
    ]


def kind_of(sql: str) -> str:
    words = sql.replace('"', "").split()
    table = next((word for word in words if word.startswith("errors_")), "")
    return f"{words[0]} {table.split('.')[0]}"


def kinds(sqls: list[str]) -> list[str]:
    """Queries by verb and table; the parts of one bulk statement, which SQLite splits, count once."""
    seen: list[str] = []
    for kind in map(kind_of, sqls):
        if not seen or seen[-1] != kind:
            seen.append(kind)
    return seen


def test_the_steps_of_a_recording_do_not_depend_on_the_number_of_outcomes(
    connection: Connection,
) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[failed(contact(9999), "other/first")])

    # Savepoint; lock; rows, errors; errors, records; attempts read, ended and written; presence read and
    # written; counters read and written; events; days read and written; the stream's numbers; release.
    few = kinds(queries(connection, failing(2)))
    again = kinds(queries(connection, failing(2)))
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(n)) for n in range(2)])
    # Two of them come back: whether a saved view holds them is one lookup.
    many = queries(connection, failing(200))
    many_again = queries(connection, failing(200))
    resolved = queries(connection, [synced(contact(n)) for n in range(200)])

    assert len(few) <= 18
    assert len(again) <= 12
    # Two of the many have a run of attempts that ends, and all of them come back, which views are told.
    once = {"UPDATE errors_recordattempt", VIEWS}
    assert [kind for kind in kinds(many) if kind not in once] == few
    assert VIEWS not in few + again
    assert kinds(many_again) == again
    assert len(kinds(resolved)) <= 20
    if database.vendor == "postgresql":
        assert len(many) == len(few) + len(once)
    else:
        # 400 rows in inserts of at most 999 variables.
        assert len(many) <= len(few) + 40


@pytest.mark.parametrize("records", [1, 150])
def test_saved_views_cost_one_lookup_and_one_update_however_many_there_are(
    connection: Connection, records: int
) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=failing(200))
    for number in range(5):
        create_view(
            connection_id=connection.pk,
            name=f"View {number}",
            user=None,
            records=AffectedRecord.objects.all(),
        )
    resolving = [synced(contact(n)) for n in range(records)]

    resolved = queries(connection, resolving)
    nothing_new = queries(connection, resolving)
    came_back = queries(connection, failing(records))
    the_same_again = queries(connection, failing(records))

    def of_views(sqls: list[str]) -> list[str]:
        return [kind for kind in map(kind_of, sqls) if "savedview" in kind]

    assert of_views(resolved) == of_views(came_back) == [VIEWS, "UPDATE errors_savedview"]
    assert of_views(nothing_new) == of_views(the_same_again) == []
