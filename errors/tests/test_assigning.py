"""Errors in somebody's hands, and whose hands these can be."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.members import members_of
from accounts.models import Membership, Role, User
from accounts.people import remove_member
from errors.assigning import assign_errors, find_assignee
from errors.models import SyncError
from errors.recording import record_outcomes
from errors.selection import SelectionRefused
from errors.tests.fakes import contact, failed, make_connection
from integrations.models import Connection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("judge")]


@pytest.fixture
def anna(connection: Connection) -> User:
    user = User.objects.create_user("anna@example.com", name="Anna Nowak")
    Membership.objects.create(user=user, connection=connection, role=Role.VIEWER)
    return user


def errors_of(connection: Connection, number: int) -> list[int]:
    record_outcomes(
        connection_id=connection.pk,
        outcomes=[failed(contact(n), "picklists/a", message=f"m{n}") for n in range(number)],
    )
    ids = SyncError.objects.filter(connection=connection).order_by("pk")
    return list(ids.values_list("pk", flat=True))


def test_errors_change_hands_and_are_given_back(connection: Connection, anna: User) -> None:
    ids = errors_of(connection, 3)

    assert assign_errors(connection_id=connection.pk, error_ids=ids[:2], to=anna) == ids[:2]
    assert assign_errors(connection_id=connection.pk, error_ids=ids, to=anna) == ids[2:]
    assert assign_errors(connection_id=connection.pk, error_ids=ids[:1], to=None) == ids[:1]

    assert list(SyncError.objects.filter(assigned_to=anna).order_by("pk")) == list(
        SyncError.objects.filter(pk__in=ids[1:]).order_by("pk")
    )
    given_back = SyncError.objects.get(pk=ids[0])
    assert (given_back.assigned_to, given_back.assigned_at) == (None, None)


def test_two_hundred_at_once_cost_what_two_do(
    connection: Connection, anna: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ids = errors_of(connection, 201)

    # the savepoint and its end, membership, stream row, errors, update
    with django_assert_num_queries(6):
        assert len(assign_errors(connection_id=connection.pk, error_ids=ids[:200], to=anna)) == 200
    with pytest.raises(SelectionRefused) as refused:
        assign_errors(connection_id=connection.pk, error_ids=ids, to=None)
    assert refused.value.code == "too_many_errors"


def test_a_recording_leaves_an_error_with_whoever_has_it(
    connection: Connection, anna: User
) -> None:
    ids = errors_of(connection, 1)
    assign_errors(connection_id=connection.pk, error_ids=ids, to=anna)

    errors_of(connection, 1)

    assert SyncError.objects.get().assigned_to == anna


@pytest.mark.parametrize("who", ["stranger", "inactive"])
def test_who_cannot_see_the_connection_cannot_have_its_errors(
    connection: Connection, anna: User, who: str
) -> None:
    if who == "stranger":
        Membership.objects.update(connection=make_connection())
    else:
        User.objects.update(is_active=False)
        anna.refresh_from_db()

    with pytest.raises(SelectionRefused) as refused:
        assign_errors(connection_id=connection.pk, error_ids=errors_of(connection, 1), to=anna)

    assert refused.value.code == "not_a_member"
    assert not SyncError.objects.exclude(assigned_to=None).exists()


@pytest.mark.parametrize("ids", [[], [0], [10**30], [-4]])
def test_errors_that_are_not_there_are_refused(connection: Connection, ids: list[int]) -> None:
    with pytest.raises(SelectionRefused) as refused:
        assign_errors(connection_id=connection.pk, error_ids=ids, to=None)

    assert refused.value.code == ("unknown_errors" if ids else "no_errors")


def test_an_error_of_another_connection_is_not_touched(connection: Connection) -> None:
    ids = errors_of(connection, 1)

    with pytest.raises(SelectionRefused):
        assign_errors(connection_id=make_connection().pk, error_ids=ids, to=None)


def test_a_superuser_can_have_errors_of_every_connection(connection: Connection) -> None:
    root = User.objects.create_superuser("root@example.com")

    assign_errors(connection_id=connection.pk, error_ids=errors_of(connection, 1), to=root)

    assert SyncError.objects.get().assigned_to == root


def test_who_leaves_the_connection_leaves_its_errors(
    connection: Connection,
    anna: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    other = make_connection()
    Membership.objects.create(user=anna, connection=other)
    for one in (connection, other):
        assign_errors(connection_id=one.pk, error_ids=errors_of(one, 1), to=anna)

    with django_capture_on_commit_callbacks(execute=True):
        remove_member(user=anna, connection_id=connection.pk)

    assert SyncError.objects.get(connection=connection).assigned_to is None
    assert SyncError.objects.get(connection=other).assigned_to == anna


def test_a_connection_with_assigned_errors_can_be_deleted(
    connection: Connection,
    anna: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    assign_errors(connection_id=connection.pk, error_ids=errors_of(connection, 1), to=anna)

    with django_capture_on_commit_callbacks(execute=True):
        connection.delete()

    assert not SyncError.objects.exists()


def test_members_are_those_who_can_see_the_connection(
    connection: Connection, anna: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    User.objects.create_superuser("root@example.com")
    Membership.objects.create(
        user=User.objects.create_user("gone@example.com", is_active=False), connection=connection
    )
    stranger = User.objects.create_user("stranger@example.com")
    elsewhere = make_connection()
    for user in (anna, stranger):
        Membership.objects.create(user=user, connection=elsewhere, role=Role.ADMIN)

    with django_assert_num_queries(1):
        members = members_of(connection_id=connection.pk)

    assert [(member.email, member.name, member.role) for member in members] == [
        ("anna@example.com", "Anna Nowak", "viewer"),
        ("root@example.com", "root@example.com", "admin"),
    ]


def test_a_person_is_found_by_mail_address_or_id(connection: Connection, anna: User) -> None:
    assert find_assignee(connection_id=connection.pk, who=" Anna@Example.com ") == anna
    assert find_assignee(connection_id=connection.pk, who=str(anna.pk)) == anna
    for nonsense in ("", "nobody@example.com", "9" * 30, "²", "a\x00b", "\ud800"):
        with pytest.raises(SelectionRefused):
            find_assignee(connection_id=connection.pk, who=nonsense)


def test_an_id_tells_no_mail_address_of_people_of_other_connections(
    connection: Connection,
) -> None:
    stranger = User.objects.create_user("ceo@other-company.example")
    Membership.objects.create(user=stranger, connection=make_connection(), role=Role.ADMIN)

    with pytest.raises(SelectionRefused) as refused:
        find_assignee(connection_id=connection.pk, who=str(stranger.pk))

    assert stranger.email not in refused.value.message
    assert str(stranger.pk) in refused.value.message
