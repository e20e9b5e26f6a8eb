"""The page where a mapped property of many records is updated: choose, preview, apply."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import connection_view, signed_in
from accounts.models import Role
from errors import selectors
from errors.jobs import (
    JobRefused,
    typed_numbers,
    update_previews,
    update_records,
    update_requests,
    update_texts,
    update_values,
)
from errors.jobs.filter_words import filters_in, query_of
from errors.jobs.update_modes import SET
from errors.jobs.update_records import NoSuchRecords, Selection
from errors.jobs.update_requests import UpdateInvalid
from errors.models import SavedView
from errors.pages.rereading import read_again
from integrations import schemas
from integrations.models import Connection, ObjectMapping, PropertyMapping

_LONGEST_VALUE = update_values.MAX_LENGTH + 1
_VIEWS_OFFERED = 50


@require_http_methods(["GET", "HEAD", "POST"])
@connection_view(needed=Role.OPERATOR)
def update(request: HttpRequest, connection: Connection) -> HttpResponse:
    """GET: which records (?error=, ?type=, ?filter=, ?view=), which property and value, and with ?preview=1 what it would do.
    Nothing is written by it, and no call is made. POST: apply, or read the properties again."""
    data = request.POST if request.method == "POST" else request.GET
    if not any(data.get(name) for name in ("error", "type", "filter", "view")):
        if request.method == "POST":
            messages.error(request, _("Choose the records first."))
        return _choose_records(request, connection)
    try:
        page = _Page(request, connection, data)
    except JobRefused as refused:
        messages.error(request, refused.message)
        return _choose_records(request, connection, status=refused.status_code)
    if request.method != "POST":
        return page.show(preview=bool(data.get("preview")))
    return page.read_again() if data.get("action") == "refresh" else page.apply()


def _choose_records(
    request: HttpRequest, connection: Connection, status: int = 200
) -> HttpResponse:
    """Types and views to begin with. Two queries."""
    cards = selectors.error_type_cards(connection_id=connection.pk)
    views = SavedView.objects.filter(connection=connection).order_by("-pk")[:_VIEWS_OFFERED]
    return render(
        request,
        "errors/update_choose.html",
        {
            "connection": connection,
            "section": "health",
            "cards": [card for card in cards if card.records],
            "views": views,
        },
        status=400 if request.method == "POST" else status,
    )


class _Page:
    """One request to the page, its selection found. Raises Http404 for records that are not there, and JobRefused
    for a filter that makes no sense."""

    def __init__(self, request: HttpRequest, connection: Connection, data: QueryDict) -> None:
        self.request = request
        self.connection = connection
        self.asked = {
            "mode": data.get("mode", ""),
            "pair": data.get("pair", ""),
            # The boxes of a property that holds several options come one by one.
            # A browser sends the lines of a text with CR LF between them.
            "value": ";".join(data.getlist("value")).replace("\r\n", "\n")[:_LONGEST_VALUE],
        }
        self.data = data
        self.selection = self._selection()
        self.mappings = update_records.mappings_of(self.selection)
        self.pairs = update_requests.offered_pairs(self.mappings)
        self.errors: dict[str, list[str]] = {}

    def _selection(self) -> Selection:
        given: dict[str, Any] = {
            name: self.data.get(name, "") for name in ("error", "type", "view", "members")
        }
        if text := self.data.get("filter", ""):
            filters = filters_in(text, connection=self.connection, user=signed_in(self.request))
            given["filters"] = filters.to_query()
        try:
            return update_records.find_selection(connection_id=self.connection.pk, asked=given)
        except NoSuchRecords:
            raise Http404("No such records.") from None

    def _hidden(self) -> list[tuple[str, str]]:
        """What names the records in the page's forms and addresses."""
        asked = self.selection.asked
        if self.selection.filters is not None and "filters" in asked:
            return [("filter", query_of(self.selection.filters))]
        return list(asked.items())

    def show(self, *, preview: bool, status: int = 200) -> HttpResponse:
        plan = None
        chosen = self._chosen()
        if preview and not self.errors:
            try:
                plan = self._plan()
            except UpdateInvalid as invalid:
                self.errors, status = invalid.fields, 400
        read = self._read(chosen)
        prop = (read.properties or {}).get(chosen.hubspot_property) if chosen and read else None
        context: dict[str, Any] = {
            "connection": self.connection,
            "section": "health",
            "selection": self.selection,
            "records_text": update_texts.records_text(self.selection),
            "hidden": self._hidden(),
            "mapped_objects": self.mappings,
            "groups": [
                (mapping, self.pairs[mapping.pk])
                for mapping in self.mappings
                if self.pairs[mapping.pk]
            ],
            "chosen": chosen,
            "prop": prop,
            "widget": _widget(prop),
            "options": _options(prop),
            "known_values": [value for value, _label in _options(prop)],
            "values": self.asked["value"].split(";")
            if _widget(prop) == "boxes"
            else self.data.getlist("value"),
            "mode": self.asked["mode"] or SET,
            "typed": self._typed(prop),
            "number_hint": typed_numbers.hint(),
            "errors": self.errors,
            "read_at": read.read_at if read else None,
            "plan": plan,
        }
        if plan is not None:
            context |= {
                "preview": update_previews.preview_update(plan),
                "written": update_texts.what_is_written(plan.mode, plan.value),
                "key": uuid.uuid4(),
                "last_id": update_records.newest_row(),
            }
        return render(self.request, "errors/update.html", context, status=status)

    def apply(self) -> HttpResponse:
        last_id = self.data.get("last_id", "")
        key = self.data.get("idempotency_key", "").strip()
        try:
            created = update_requests.start_update(
                plan=self._plan(),
                user=signed_in(self.request),
                idempotency_key=key or str(uuid.uuid4()),
                last_id=int(last_id) if last_id.isdecimal() and len(last_id) < 19 else None,
            )
        except UpdateInvalid as invalid:
            self.errors = invalid.fields
            return self.show(preview=False, status=400)
        except JobRefused as refused:
            messages.error(self.request, refused.message)
            return self.show(preview=True, status=refused.status_code)
        return redirect("bulk-job", connection_id=self.connection.pk, job_id=created.job.public_id)

    def read_again(self) -> HttpResponse:
        """Both sides' schemas anew: one call of each CRM, asked for by a person."""
        chosen = self._chosen()
        mapping = self._mapping(chosen) if chosen else None
        if mapping is not None:
            read_again(self.request, connection=self.connection, mapping=mapping)
        kept = [
            *self._hidden(),
            ("pair", self.asked["pair"]),
            ("mode", self.asked["mode"]),
            *(("value", one) for one in self.data.getlist("value")),
        ]
        address = reverse("update-start", kwargs={"connection_id": self.connection.pk})
        return redirect(f"{address}?{urlencode(kept)}")

    def _plan(self) -> update_requests.Plan:
        # The preview reads what was typed, and its button posts the value as it is stored.
        return update_requests.plan_update(
            selection=self.selection,
            mappings=self.mappings,
            asked=self.asked,
            as_typed=self.request.method != "POST",
        )

    def _typed(self, prop: schemas.PropertySchema | None) -> str:
        """The value for the form's field."""
        value = self.asked["value"]
        if prop is None or prop.type != "number" or self.request.method != "POST":
            return value
        return typed_numbers.shown(value)

    def _chosen(self) -> PropertyMapping | None:
        """The property that is chosen; at first the one that ?property= or the error names."""
        every = [pair for mapping in self.mappings for pair in self.pairs[mapping.pk]]
        if wanted := self.asked["pair"]:
            return next((pair for pair in every if str(pair.pk) == wanted), None)
        details = (self.selection.error.details if self.selection.error else None) or {}
        name = self.data.get("property") or details.get("hubspot_property") or ""
        return next((pair for pair in every if name and pair.hubspot_property == name), None)

    def _mapping(self, pair: PropertyMapping) -> ObjectMapping:
        return next(one for one in self.mappings if one.pk == pair.object_mapping_id)

    def _read(self, chosen: PropertyMapping | None) -> schemas.Seen | None:
        if chosen is None:
            return None
        mapping = self._mapping(chosen)
        return schemas.last_seen(
            connection_id=self.connection.pk,
            hubspot_object=mapping.hubspot_object,
            sobject=mapping.salesforce_object,
        )


def _widget(prop: schemas.PropertySchema | None) -> str:
    """How a value is given: boxes, select, number, date, datetime, lines or text."""
    if prop is None:
        return "text"
    if _options(prop):
        return "boxes" if update_values.is_many(prop) else "select"
    kinds = {"number": "number", "date": "date", "datetime": "datetime"}
    return kinds.get(prop.type) or ("lines" if prop.field_type in {"textarea", "html"} else "text")


def _options(prop: schemas.PropertySchema | None) -> list[tuple[str, str]]:
    if prop is None or prop.type not in ("enumeration", "bool"):
        return []
    values = prop.options or (("true", "false") if prop.type == "bool" else ())
    return [(value, prop.labels.get(value, value)) for value in values]
