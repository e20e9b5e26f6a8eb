"""Saved views: exactly these records, under a name, with a number that stays true."""

from __future__ import annotations

from contextlib import suppress
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errors import saved_views, selectors, view_selectors
from errors.counters import find_drift
from errors.ignoring import ignore_errors
from errors.models import AffectedRecord, SavedView, SavedViewRecord, SyncError
from errors.recording import record_outcomes
from errors.saved_views import ViewRefused, create_view, delete_view, rename_view
from errors.selectors import ErrorFilters
from errors.tests.fakes import contact, failed, make_connection, synced
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


def fail(connection: Connection, numbers: range, *codes: str, message: str = "No.") -> None:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[
            failed(contact(n), *(codes or ("picklists/a",)), message=message) for n in numbers
        ],
    )


def succeed(connection: Connection, *numbers: int) -> None:
    record_outcomes(connection_id=connection.pk, outcomes=[synced(contact(n)) for n in numbers])


def view_of(connection: Connection, name: str = "Partners", search: str = "") -> SavedView:
    error = SyncError.objects.filter(connection=connection).earliest("pk")
    return create_view(
        connection_id=connection.pk,
        name=name,
        user=None,
        records=selectors.records_of_error(error_id=error.pk, search=search),
        error_id=error.pk,
    )


def members(view: SavedView, state: str = "all", search: str = "") -> list[str]:
    found = view_selectors.view_records(view_id=view.pk, state=state, search=search)
    return [record.hubspot_id for record in found]


def numbers(view: SavedView) -> tuple[int, int]:
    view.refresh_from_db()
    return view.total, view.open_records


def test_a_view_holds_the_records_that_fail_now_and_no_later_ones(connection: Connection) -> None:
    fail(connection, range(4))
    succeed(connection, 0)

    view = view_of(connection)
    fail(connection, range(7, 9))

    assert members(view) == ["1", "2", "3"]
    assert numbers(view) == (3, 3)


def test_a_search_narrows_what_goes_into_the_view(connection: Connection) -> None:
    fail(connection, range(12))

    view = view_of(connection, search="Contact 1")

    assert members(view) == ["1", "10", "11"]
    assert numbers(view) == (3, 3)


def test_a_filter_over_errors_makes_a_view_of_all_their_records(connection: Connection) -> None:
    fail(connection, range(2), "picklists/a")
    fail(connection, range(2, 4), "picklists/b")
    fail(connection, range(4, 6), "other/c")
    elsewhere = make_connection()
    fail(elsewhere, range(6, 8), "picklists/a")

    view = create_view(
        connection_id=connection.pk,
        name="All picklists",
        user=None,
        records=view_selectors.open_records_of_errors(
            connection_id=connection.pk, filters=ErrorFilters(type="picklists")
        ),
    )

    assert members(view) == ["0", "1", "2", "3"]
    assert view.error_id is None


def test_records_of_another_connection_never_get_in(connection: Connection) -> None:
    elsewhere = make_connection()
    fail(elsewhere, range(2))

    with pytest.raises(ViewRefused, match="No record fails here"):
        create_view(
            connection_id=connection.pk,
            name="Theirs",
            user=None,
            records=AffectedRecord.objects.all(),
        )

    assert not SavedView.objects.exists()


def test_the_number_follows_what_resolves_and_what_comes_back(connection: Connection) -> None:
    fail(connection, range(4))
    view = view_of(connection)
    other = view_of(connection, "One", search="Contact 3")

    succeed(connection, 0, 1, 3)
    assert (numbers(view), numbers(other)) == ((4, 1), (1, 0))
    assert members(view, "open") == ["2"]
    assert members(view, "resolved") == ["0", "1", "3"]

    fail(connection, range(3, 4))
    assert (numbers(view), numbers(other)) == ((4, 2), (1, 1))

    # Another reason than the one of the view: overcome there.
    fail(connection, range(2, 3), "other/elsewhere")
    assert numbers(view) == (4, 1)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name_required"),
        (" \n\t ", "name_required"),
        ("x" * 121, "name_too_long"),
        ("with\x00nothing", "name_not_printable"),
        ("bell\x07", "name_not_printable"),
        ("partners", "name_taken"),
        ("  PARTNERS ", "name_taken"),
    ],
    ids=repr,
)
def test_a_name_that_will_not_do_is_refused(connection: Connection, name: str, code: str) -> None:
    fail(connection, range(2))
    kept = view_of(connection)

    with pytest.raises(ViewRefused) as making:
        view_of(connection, name)
    with pytest.raises(ViewRefused) as renaming:
        rename_view(view=view_of(connection, "Another"), name=name)

    assert making.value.code == renaming.value.code == code
    assert making.value.fields == {"name": [making.value.message]}
    assert set(SavedView.objects.values_list("name", flat=True)) == {kept.name, "Another"}


def test_names_beyond_ascii_are_compared_without_case_too(connection: Connection) -> None:
    fail(connection, range(1))
    view = view_of(connection, "Żółwie")

    with pytest.raises(ViewRefused, match="already"):
        view_of(connection, "ŻÓŁWIE")

    assert rename_view(view=view, name="żółwie").name == "żółwie"
    assert view_of(connection, "x" * 120).name == "x" * 120


def test_the_unique_index_has_the_last_word_on_names(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(connection, range(1))
    view_of(connection)
    monkeypatch.setattr(saved_views, "_refuse_taken", lambda *args, **values: None)

    with pytest.raises(ViewRefused, match="already"):
        view_of(connection, "PARTNERS")


def test_two_connections_may_use_the_same_name(connection: Connection) -> None:
    elsewhere = make_connection()
    for each in (connection, elsewhere):
        fail(each, range(1))
        view_of(each)

    assert SavedView.objects.count() == 2


def test_deleting_a_view_leaves_the_records(connection: Connection) -> None:
    fail(connection, range(3))
    view = view_of(connection)
    kept = view_of(connection, "Kept")

    delete_view(view=view)

    assert AffectedRecord.objects.count() == 3
    assert SavedViewRecord.objects.count() == 3
    succeed(connection, 1)
    assert numbers(kept) == (3, 2)


def test_making_a_view_costs_the_same_for_two_records_and_for_2000(connection: Connection) -> None:
    fail(connection, range(2), "picklists/a")
    fail(connection, range(2, 2002), "other/b")
    few, many = SyncError.objects.order_by("type").reverse().values_list("pk", flat=True)
    counts = []
    for error_id in (few, many):
        with CaptureQueriesContext(database) as captured:
            create_view(
                connection_id=connection.pk,
                name=f"View {error_id}",
                user=None,
                records=selectors.records_of_error(error_id=error_id),
                error_id=error_id,
            )
        counts.append(len(captured))

    assert SavedView.objects.get(name=f"View {many}").total == 2000
    # Savepoint, lock, name, view, members, numbers, release.
    assert counts == [7, 7]


operations = st.one_of(
    st.tuples(st.just("fail"), st.integers(0, 5), st.sampled_from(["picklists/a", "other/b"])),
    st.tuples(st.just("succeed"), st.integers(0, 5), st.just("")),
    st.tuples(st.just("ignore"), st.integers(0, 1), st.just("")),
    st.tuples(st.just("view"), st.integers(0, 1), st.sampled_from(["", "Contact 1"])),
    st.tuples(st.just("delete"), st.integers(0, 3), st.just("")),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(operations, min_size=4, max_size=25))
def test_whatever_happens_each_view_counts_its_failing_members(
    steps: list[tuple[str, int, str]],
) -> None:
    connection = make_connection()
    for step, (what, number, value) in enumerate(steps):
        _do(connection, step, what, number, value)

    for view in SavedView.objects.filter(connection=connection):
        held = AffectedRecord.objects.filter(
            pk__in=SavedViewRecord.objects.filter(view=view).values("record_id")
        )
        assert (view.total, view.open_records) == (held.count(), held.filter(state="open").count())
    assert find_drift(connection_id=connection.pk) == []


def _do(connection: Connection, step: int, what: str, number: int, value: str) -> None:
    errors = list(SyncError.objects.filter(connection=connection).order_by("pk"))
    views = list(SavedView.objects.filter(connection=connection).order_by("pk"))
    if what == "fail":
        fail(connection, range(number, number + 2), value)
    elif what == "succeed":
        succeed(connection, number, number + 1)
    elif what == "ignore" and errors:
        ignore_errors(connection_id=connection.pk, error_ids=[errors[number % len(errors)].pk])
    elif what == "delete" and views:
        delete_view(view=views[number % len(views)])
    elif what == "view" and errors:
        records = selectors.records_of_error(error_id=errors[number % len(errors)].pk, search=value)
        with suppress(ViewRefused):  # nothing fails any more
            create_view(
                connection_id=connection.pk, name=f"View {step}", user=None, records=records
            )


def test_recount_checks_views_and_repairs_them(connection: Connection) -> None:
    fail(connection, range(3))
    view = view_of(connection)
    SavedView.objects.filter(pk=view.pk).update(total=9, open_records=7)

    with pytest.raises(CommandError, match="2 stored numbers"):
        call_command("recount", stdout=StringIO())
    call_command("recount", "--repair", stdout=StringIO())

    assert numbers(view) == (3, 3)


def test_a_wrong_number_does_not_stop_the_recording(connection: Connection) -> None:
    fail(connection, range(3))
    view = view_of(connection)
    SavedView.objects.filter(pk=view.pk).update(open_records=0)

    succeed(connection, 1)
    assert numbers(view) == (3, 0)
    SavedView.objects.filter(pk=view.pk).update(open_records=3)
    fail(connection, range(1, 2))
    assert numbers(view) == (3, 3)


def test_what_is_noted_of_a_list_replaces_what_was_known_of_that_object(
    connection: Connection,
) -> None:
    fail(connection, range(1))
    view = view_of(connection)
    for added in (1, 2):
        for name in ("deals", "contacts"):
            saved_views.note_list(view_id=view.pk, entry={"object": name, "added": added})
    saved_views.note_list(view_id=view.pk + 1000, entry={"object": "contacts"})

    view.refresh_from_db()
    assert view.hubspot_lists == [
        {"object": "contacts", "added": 2},
        {"object": "deals", "added": 2},
    ]
