"""Static lists in HubSpot of a saved view's records, one list an object, made by a job of kind LIST.

request:  {"view": the view's public id, "name": what the lists are called}
position: {"objects": those still to do, the first one at work, "several", "known": {object: list id of an earlier job},
          "stage": "" | "creating" | "renaming" | "adding", "existed", "list_id", "called": its name in HubSpot where
          that is not the job's, "after": the last record handled, "added", "not_there", "unknown", "unknown_ids"}

A list is created once: that it is about to be is stored before the call, so after a kill in between it is looked
up by its name. Whether that name was taken before is stored as well, so another's list is never taken for ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from common.pages import behind
from errors import saved_views
from errors.jobs.list_state import fresh, list_name
from errors.jobs.turn import CannotGoOn, Turn
from errors.ledger import chunks
from errors.models import AffectedRecord, SavedView, SavedViewRecord
from integrations.clients import HubSpotClient
from integrations.clients.hubspot import MEMBERS_A_CALL
from integrations.clients.results import CallRefused
from integrations.crm_links import object_type_id
from integrations.models import ObjectMapping, RecordLink

# How many ids that HubSpot does not know are kept to be shown.
_IDS_SHOWN = 20


def run(turn: Turn) -> None:
    """Makes and fills the lists. A refusal by HubSpot ends the object it concerns and is kept with the view."""
    view = SavedView.objects.filter(
        connection_id=turn.job.connection_id, public_id=turn.job.request["view"]
    ).first()
    if view is None:
        raise CannotGoOn(_("The view was deleted."))
    with turn.open_clients() as clients:
        work = _Work(turn, view, clients.hubspot)
        if not turn.job.position:
            work.begin()
        while turn.job.position["objects"]:
            turn.check()
            work.step()


class _Work:
    def __init__(self, turn: Turn, view: SavedView, hubspot: HubSpotClient) -> None:
        self.turn = turn
        self.view = view
        self.hubspot = hubspot

    @property
    def position(self) -> dict[str, Any]:
        return dict(self.turn.job.position)

    @property
    def object(self) -> str:
        return str(self.position["objects"][0])

    @property
    def name(self) -> str:
        return list_name(
            self.turn.job.request["name"], self.object if self.position["several"] else ""
        )

    def begin(self) -> None:
        """Finds out which objects there are. Reads the members once."""
        objects = sorted(
            SavedViewRecord.objects.filter(view_id=self.view.pk)
            .order_by()
            .values_list("record__hubspot_object", flat=True)
            .distinct()
        )
        made = {entry["object"]: entry for entry in self.view.hubspot_lists if entry["object"]}
        # What was not in HubSpot then may be there now: such an object is gone over again.
        finished = [
            name
            for name in objects
            if made.get(name, {}).get("complete") and not made[name]["not_there"]
        ]
        known = {name: entry["list_id"] for name, entry in made.items() if entry["list_id"]}
        handled = 0
        if finished:
            handled = SavedViewRecord.objects.filter(
                view_id=self.view.pk, record__hubspot_object__in=finished
            ).count()
        self.turn.step(
            position=fresh(
                [name for name in objects if name not in finished],
                several=len(objects) > 1,
                known=known,
            ),
            total=self.view.total,
            done=handled,
        )

    def step(self) -> None:
        try:
            if self.position["stage"] == "":
                self._begin_list()
            elif self.position["stage"] == "creating":
                self._create(again=True)
            elif self.position["stage"] == "renaming":
                self._rename()
            else:
                self._add()
        except CallRefused as refused:
            rights = refused.failures[0].details.get("scopes") or []
            self._end(refusal=refused.message, code=refused.code, rights=rights)

    def _begin_list(self) -> None:
        """Goes on to the first member that is in HubSpot: without one there is no list to make."""
        rows, ids, lost = self._next_members()
        if ids:
            self._announce()
            return
        position = self.position
        position["not_there"] += lost
        position["after"] = rows[-1].pk if rows else position["after"]
        self.turn.step(position=position, done=len(rows) - lost, failed=lost)
        if len(rows) < MEMBERS_A_CALL:
            self._end()

    def _announce(self) -> None:
        """Stores that a list is about to be created, and whether one of that name is there already.

        The list that an earlier job had begun is gone on with, unless somebody has deleted it; it gets the name that is
        wished now.
        """
        begun = self.position["known"].get(self.object, "")
        called = self._name_in_hubspot(begun) if begun else None
        if called is not None:
            # One that people have renamed in HubSpot keeps that name until another one is wished.
            stage = "adding" if self.name in (called, self._noted_name()) else "renaming"
            self.turn.step(
                position={**self.position, "stage": stage, "list_id": begun, "called": called}
            )
            return
        before = self.hubspot.list_by_name(self.name, object_type_id=self._type_id())
        self.turn.step(
            position={**self.position, "stage": "creating", "existed": before is not None}
        )
        self._create(again=False)

    def _name_in_hubspot(self, list_id: str) -> str | None:
        """What the list is called; None when there is none any more."""
        try:
            return str(self.hubspot.list_get(list_id)["name"])
        except CallRefused as refused:
            if refused.status == 404:
                return None
            raise

    def _noted_name(self) -> str:
        """The name under which the list was last asked for; "" for none."""
        entries = [one for one in self.view.hubspot_lists if one["object"] == self.object]
        return str(entries[0]["name"]) if entries else ""

    def _rename(self) -> None:
        """Gives a list that was begun the name that is wished now; a name that is taken is refused in HubSpot's words."""
        position = self.position
        self.hubspot.list_rename(position["list_id"], self.name)
        with transaction.atomic():
            self.turn.step(position={**position, "stage": "adding", "called": ""})
            self._note(list_id=position["list_id"])

    def _create(self, *, again: bool) -> None:
        """Creates the list; `again`, after a kill or a lost answer, it may be there: then that one is ours."""
        found = None
        if again and not self.position["existed"]:
            found = self.hubspot.list_by_name(self.name, object_type_id=self._type_id())
        if found is None or found.get("processingType", "MANUAL") != "MANUAL":
            # A name that is taken is refused here, in HubSpot's words.
            found = self.hubspot.list_create(name=self.name, object_type_id=self._type_id())
        list_id = str(found["listId"])
        with transaction.atomic():
            self.turn.step(position={**self.position, "stage": "adding", "list_id": list_id})
            self._note(list_id=list_id)

    def _add(self) -> None:
        """Adds the next thousand members; adding one again is harmless."""
        position = self.position
        rows, ids, lost = self._next_members()
        unknown = self.hubspot.list_add(position["list_id"], ids) if ids else []
        position["after"] = rows[-1].pk if rows else position["after"]
        position["added"] += len(ids) - len(unknown)
        position["not_there"] += lost
        position["unknown"] += len(unknown)
        position["unknown_ids"] = [*position["unknown_ids"], *unknown][:_IDS_SHOWN]
        failed = lost + len(unknown)
        with transaction.atomic():
            self.turn.step(position=position, done=len(rows) - failed, failed=failed)
            self._note(list_id=position["list_id"])
        if len(rows) < MEMBERS_A_CALL:
            self._end()

    def _next_members(self) -> tuple[list[AffectedRecord], list[str], int]:
        """The next members of this object, the ids to add, and how many are not in HubSpot yet.

        One query along the view's members, and one for those without an id.
        """
        same = SavedViewRecord.objects.filter(
            view_id=self.view.pk,
            record__connection_id=self.view.connection_id,
            record__record_key=OuterRef("record__record_key"),
            record_id__lt=OuterRef("record_id"),
        )
        members = list(
            behind(
                SavedViewRecord.objects.filter(record__hubspot_object=self.object),
                key="record_id",
                last=self.position["after"],
                within=("view_id", self.view.pk),
            )
            .select_related("record")
            .annotate(again=Exists(same))[:MEMBERS_A_CALL]
        )
        # A record with several errors stands in the view once for each, and is added once.
        ids, lost = self._hubspot_ids([member.record for member in members if not member.again])
        return [member.record for member in members], ids, lost

    def _hubspot_ids(self, records: list[AffectedRecord]) -> tuple[list[str], int]:
        """Their ids in HubSpot, and how many have none. One that came there after it had failed has a link."""
        links: dict[str, str] = {}
        for part in chunks([row.salesforce_id for row in records if not row.hubspot_id]):
            links |= dict(
                RecordLink.objects.filter(
                    object_mapping__connection_id=self.view.connection_id,
                    object_mapping__hubspot_object=self.object,
                    salesforce_id__in=part,
                )
                .exclude(hubspot_id="")
                .values_list("salesforce_id", "hubspot_id")
            )
        ids = [row.hubspot_id or links.get(row.salesforce_id, "") for row in records]
        found = [one for one in ids if one]
        return list(dict.fromkeys(found)), len(ids) - len(found)

    def _end(self, *, refusal: str = "", code: str = "", rights: Sequence[str] = ()) -> None:
        """Closes the object at work: its list is complete, or HubSpot refused."""
        position = self.position
        left = self._members_left() if refusal else 0
        entry = self._entry(
            list_id=position["list_id"], refusal=refusal, code=code, complete=not refusal
        )
        entry |= {"rights": list(rights)} if rights else {}
        with transaction.atomic():
            # The job's row before the view's, as everywhere: whoever asks for lists anew locks them so.
            self.turn.step(
                position=fresh(
                    position["objects"][1:], several=position["several"], known=position["known"]
                ),
                failed=left,
            )
            saved_views.note_list(view_id=self.view.pk, entry=entry)

    def _members_left(self) -> int:
        """Members of the object at work that a refusal leaves out."""
        return SavedViewRecord.objects.filter(
            view_id=self.view.pk,
            record__hubspot_object=self.object,
            record_id__gt=self.position["after"],
        ).count()

    def _note(self, *, list_id: str) -> None:
        saved_views.note_list(view_id=self.view.pk, entry=self._entry(list_id=list_id))

    def _entry(
        self, *, list_id: str, refusal: str = "", code: str = "", complete: bool = False
    ) -> dict[str, Any]:
        position = self.position
        return {
            "object": self.object,
            # A refused name is not the list's: it keeps the one it has.
            "name": position.get("called") or self.name,
            "list_id": list_id,
            "added": position["added"],
            "not_there": position["not_there"],
            "unknown": position["unknown"],
            "unknown_ids": position["unknown_ids"],
            "refusal": refusal,
            "refusal_code": code,
            "complete": complete,
        }

    def _type_id(self) -> str:
        known = (
            ObjectMapping.objects.filter(
                connection_id=self.view.connection_id, hubspot_object=self.object
            )
            .values_list("hubspot_object_type_id", flat=True)
            .first()
        )
        return known or object_type_id(self.object)
