"""Making, renaming and deleting saved views. The only writer of them, but for `view_counts`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, connections, router, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from common.refusals import Refused
from errors.ledger import lock_stream
from errors.models import AffectedRecord, SavedView, SavedViewRecord

LONGEST_NAME = 120


class ViewRefused(Refused):
    """A view cannot be made or changed as asked for. `code`: name_required, name_too_long, name_not_printable,
    name_taken (409), no_records (409); `message` is for the person who asks."""

    def __init__(self, code: str, message: str, *, status_code: int = 400) -> None:
        fields = {"name": [message]} if code.startswith("name_") else {}
        super().__init__(code, message, status_code=status_code, fields=fields)


def create_view(
    *,
    connection_id: int,
    name: str,
    user: User | None,
    records: QuerySet[AffectedRecord, AffectedRecord],
    error_id: int | None = None,
) -> SavedView:
    """A view of exactly the open ones of `records`, of which `error_id` names the error when they have one.

    The members are copied by one INSERT … SELECT inside the database, so a million records take seconds and
    no memory. Five queries, the lock among them. Raises ViewRefused.
    """
    name = checked_name(name)
    with _naming(name), transaction.atomic():
        lock_stream(connection_id=connection_id)
        _refuse_taken(connection_id, name, keep=None)
        view = SavedView.objects.create(
            connection_id=connection_id, name=name, created_by=user, error_id=error_id
        )
        # Only rows of this connection, whatever the queryset says.
        members = records.filter(connection_id=connection_id, state=AffectedRecord.State.OPEN)
        view.total = view.open_records = _insert_members(view, members)
        if not view.total:
            raise ViewRefused(
                "no_records",
                _("No record fails here any more, so there is nothing to put in a view."),
                status_code=409,
            )
        view.save(update_fields=["total", "open_records"])
    return view


def rename_view(*, view: SavedView, name: str) -> SavedView:
    """Gives the view another name; lists in HubSpot keep theirs. Raises ViewRefused."""
    name = checked_name(name)
    with _naming(name), transaction.atomic():
        lock_stream(connection_id=view.connection_id)
        _refuse_taken(view.connection_id, name, keep=view.pk)
        SavedView.objects.filter(pk=view.pk).update(name=name)
    view.name = name
    return view


def delete_view(*, view: SavedView) -> None:
    """Removes the view, not its records; lists in HubSpot stay. Three statements, however many members."""
    with transaction.atomic():
        lock_stream(connection_id=view.connection_id)
        # Nothing hangs on a member, so they go in one statement instead of being collected first.
        SavedViewRecord.objects.filter(view_id=view.pk)._raw_delete(router.db_for_write(SavedView))
        SavedView.objects.filter(pk=view.pk).delete()


def note_list(*, view_id: int, entry: dict[str, Any]) -> None:
    """Stores what is known of the list in HubSpot of one object, in place of what was known of it before.

    Needs an open transaction; the view's row is locked by it. Harmless when the view is gone.
    """
    view = SavedView.objects.select_for_update().filter(pk=view_id).first()
    if view is None:
        return
    others = [known for known in view.hubspot_lists if known["object"] != entry["object"]]
    view.hubspot_lists = sorted([*others, entry], key=lambda known: str(known["object"]))
    view.save(update_fields=["hubspot_lists"])


def checked_name(name: str) -> str:
    """The name without spaces around it. Raises ViewRefused when it is none."""
    name = " ".join(name.split())
    if not name:
        raise ViewRefused("name_required", _("Give the view a name."))
    if len(name) > LONGEST_NAME:
        raise ViewRefused(
            "name_too_long",
            ngettext(
                "The name has %(number)d character; at most %(most)d fit.",
                "The name has %(number)d characters; at most %(most)d fit.",
                len(name),
            )
            % {"most": LONGEST_NAME, "number": len(name)},
        )
    if not name.isprintable():
        raise ViewRefused(
            "name_not_printable", _("The name holds a character that cannot be shown.")
        )
    return name


def _refuse_taken(connection_id: int, name: str, *, keep: int | None) -> None:
    """Behind the stream row nobody makes another view meanwhile; the unique index holds it all the same."""
    others = SavedView.objects.filter(connection_id=connection_id)
    if keep is not None:
        others = others.exclude(pk=keep)
    if name.isascii():
        taken = others.filter(name__iexact=name).exists()
    else:
        # SQLite folds the case of ASCII letters only.
        folded = name.casefold()
        taken = any(other.casefold() == folded for other in others.values_list("name", flat=True))
    if taken:
        raise _name_taken(name)


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """The database folds some letters that Python does not: then its unique index is who refuses."""
    try:
        yield
    except IntegrityError as error:
        if "errors_savedview_one_a_name" not in str(error):
            raise
        raise _name_taken(name) from error


def _name_taken(name: str) -> ViewRefused:
    return ViewRefused(
        "name_taken",
        _("There is a view “%(name)s” already. Choose another name.") % {"name": name},
        status_code=409,
    )


def _insert_members(view: SavedView, records: QuerySet[AffectedRecord, AffectedRecord]) -> int:
    """Copies the ids of `records` into the view; answers how many."""
    database = connections[router.db_for_write(SavedViewRecord)]
    quote = database.ops.quote_name
    chosen, parameters = (
        records.order_by().values("pk").query.get_compiler(connection=database).as_sql()
    )
    table = quote(SavedViewRecord._meta.db_table)
    with database.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({quote('view_id')}, {quote('record_id')})"  # noqa: S608 - names of ours
            f" SELECT %s, chosen.* FROM ({chosen}) chosen",
            [view.pk, *parameters],
        )
        return int(cursor.rowcount)
