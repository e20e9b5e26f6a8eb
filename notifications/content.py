"""What a message says, made from its snapshot in the current language: for mails, the web, Slack and webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from errors import presenters
from errors.models import SyncError
from errors.types import ErrorType
from notifications import links
from notifications.models import Digest, Frequency
from notifications.notice_texts import notice_texts


@dataclass(frozen=True, slots=True)
class TypeRow:
    """One error type of the table. `change` is None when there was no digest before."""

    type: str
    label: str
    new: int
    came_back: int
    resolved: int
    open: int
    records: int
    change: int | None
    url: str

    @property
    def change_text(self) -> str:
        """ "+3", "−2", "±0": the change of open errors since the last digest; "" when unknown."""
        if self.change is None:
            return ""
        if self.change == 0:
            return "±0"
        number = number_format(abs(self.change), force_grouping=True)
        return f"+{number}" if self.change > 0 else f"−{number}"

    @property
    def sentence(self) -> str:
        """ "2 new, 1 resolved; open now: 4 (+1)", without what did not happen."""
        parts = [
            ngettext("%(number)s new", "%(number)s new", self.new) % {"number": _number(self.new)}
            if self.new
            else "",
            ngettext("%(number)s came back", "%(number)s came back", self.came_back)
            % {"number": _number(self.came_back)}
            if self.came_back
            else "",
            ngettext("%(number)s resolved", "%(number)s resolved", self.resolved)
            % {"number": _number(self.resolved)}
            if self.resolved
            else "",
        ]
        happened = ", ".join(part for part in parts if part)
        still = _("open now: %(number)s") % {"number": _number(self.open)}
        change = f" ({self.change_text})" if self.change_text else ""
        return f"{happened}; {still}{change}" if happened else f"{still}{change}"


@dataclass(frozen=True, slots=True)
class TopError:
    """One of the most widespread errors."""

    id: int
    type: str
    type_label: str
    code: str
    title: str
    cause: str  # the title, where the summary does not name it
    summary: str
    records: int
    records_text: str
    first_step: str
    badge: str
    url: str


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a message says. `facts` are label-value pairs of notices."""

    kind: str
    subject: str
    headline: str
    intro: str
    connection: str
    window: str = ""
    rows: list[TypeRow] = field(default_factory=list)
    top: list[TopError] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    todo: str = ""
    tone: str = "info"  # info, bad, warn, good
    totals: dict[str, int] = field(default_factory=dict)
    panel_url: str = ""
    settings_url: str = ""
    digest_url: str = ""
    why: str = ""

    @property
    def has_changes(self) -> bool:
        """Whether any row knows the change since the last digest."""
        return any(row.change is not None for row in self.rows)


def content_of(digest: Digest) -> Content:
    """The message in the current language and time zone. No query when the connection is loaded."""
    connection = digest.subscription.connection
    name = one_line(connection.name)
    common: dict[str, Any] = {
        "kind": digest.kind,
        "connection": name,
        "settings_url": links.settings_url(connection_id=connection.pk),
        "digest_url": links.digest_url(digest),
        "why": why(digest),
    }
    snapshot = digest.snapshot
    if digest.kind not in (Digest.Kind.ERRORS, Digest.Kind.QUIET, Digest.Kind.TEST):
        texts = notice_texts(kind=digest.kind, snapshot=snapshot, connection=name)
        return Content(
            **common,
            subject=texts.subject,
            headline=texts.headline,
            intro=texts.intro,
            facts=texts.facts,
            todo=texts.todo,
            tone=texts.tone,
            panel_url=links.tab_url(connection_id=connection.pk),
        )
    rows = [_row(row, connection_id=connection.pk) for row in snapshot["types"]]
    totals = {
        key: sum(getattr(row, key) for row in rows)
        for key in ("new", "came_back", "resolved", "open")
    }
    shown = [row for row in rows if row.new or row.came_back or row.resolved or row.open]
    happened = happened_text(totals)
    is_test = digest.kind == Digest.Kind.TEST
    return Content(
        **common,
        subject=_subject(digest, rows, happened, name),
        headline=_("This is a test") if is_test else _sentence(happened),
        intro=_intro(digest, totals),
        window=window_text(snapshot),
        rows=shown,
        top=[_top(entry, connection_id=connection.pk) for entry in snapshot["top"]],
        totals=totals,
        panel_url=_panel_url(shown, connection_id=connection.pk),
    )


def one_line(text: str) -> str:
    """`text` with no line break and no control character: fit for a mail's header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def happened_text(totals: dict[str, int]) -> str:
    """ "5 new sync errors, 2 came back, 3 resolved", without what did not happen; "" when nothing did."""
    parts = []
    if totals["new"]:
        parts.append(
            ngettext("%(number)s new sync error", "%(number)s new sync errors", totals["new"])
            % {"number": _number(totals["new"])}
        )
    if totals["came_back"]:
        text = (
            ngettext("%(number)s came back", "%(number)s came back", totals["came_back"])
            if parts
            else ngettext(
                "%(number)s sync error came back",
                "%(number)s sync errors came back",
                totals["came_back"],
            )
        )
        parts.append(text % {"number": _number(totals["came_back"])})
    if totals["resolved"]:
        text = (
            ngettext("%(number)s resolved", "%(number)s resolved", totals["resolved"])
            if parts
            else ngettext(
                "%(number)s sync error resolved",
                "%(number)s sync errors resolved",
                totals["resolved"],
            )
        )
        parts.append(text % {"number": _number(totals["resolved"])})
    return ", ".join(parts)


def window_text(snapshot: dict[str, Any]) -> str:
    """ "23 Nov 2026, 8:00 – 24 Nov 2026, 8:00" in the reader's time zone; one time when they are the same."""
    since, until = (_moment(snapshot.get(key, "")) for key in ("since", "until"))
    if not until:
        return ""
    return until if since in ("", until) else f"{since} – {until}"


def why(digest: Digest) -> str:
    """Why the reader gets this: which setting of theirs, in one sentence."""
    name = {"connection": one_line(digest.subscription.connection.name)}
    if digest.kind == Digest.Kind.TEST:
        return _("You get this because you asked for a test message on %(connection)s.") % name
    frequency = digest.snapshot.get("frequency", "")
    if frequency == Frequency.INSTANT:
        return _("You get this because you chose to be told at once about %(connection)s.") % name
    if frequency == Frequency.DAILY:
        return _("You get this because you chose a daily digest of %(connection)s.") % name
    if frequency == Frequency.WEEKLY:
        return _("You get this because you chose a weekly digest of %(connection)s.") % name
    return _("You get this because you turned on notifications of %(connection)s.") % name


def _subject(digest: Digest, rows: list[TypeRow], happened: str, name: str) -> str:
    if digest.kind == Digest.Kind.TEST:
        return _("Test message from Sync Health – %(connection)s") % {"connection": name}
    if not happened:
        return _("No new sync errors – %(connection)s") % {"connection": name}
    types = _types_text(rows)
    if not types:
        return _("%(happened)s – %(connection)s") % {"happened": happened, "connection": name}
    return _("%(happened)s (%(types)s) – %(connection)s") % {
        "happened": happened,
        "types": types,
        "connection": name,
    }


def _types_text(rows: list[TypeRow]) -> str:
    """ "Picklists 8, Duplicates 4, others 2": where the new errors are; only resolved ones: where those were."""
    counted = [(row.new + row.came_back, row.label) for row in rows if row.new or row.came_back]
    if not counted:
        counted = [(row.resolved, row.label) for row in rows if row.resolved]
    counted.sort(key=lambda pair: -pair[0])
    if len(counted) == 1:
        return counted[0][1]
    shown = [f"{label} {_number(number)}" for number, label in counted[:2]]
    rest = sum(number for number, _label in counted[2:])
    if rest:
        shown.append(_("others %(number)s") % {"number": _number(rest)})
    return ", ".join(shown)


def _sentence(happened: str) -> str:
    return happened[:1].upper() + happened[1:] if happened else _("Nothing new")


def _intro(digest: Digest, totals: dict[str, int]) -> str:
    if digest.kind == Digest.Kind.TEST:
        return _(
            "Messages of Sync Health reach you here. Below is what a digest of the newest events would say."
        )
    still = ngettext(
        "%(number)s error is open now.", "%(number)s errors are open now.", totals["open"]
    ) % {"number": _number(totals["open"])}
    return still if totals["open"] else _("No error is open now.")


def _row(row: dict[str, Any], *, connection_id: int) -> TypeRow:
    before = row.get("open_before")
    return TypeRow(
        type=row["type"],
        label=str(ErrorType(row["type"]).label),
        new=row["new"],
        came_back=row["came_back"],
        resolved=row["resolved"],
        open=row["open"],
        records=row["records"],
        change=None if before is None else row["open"] - before,
        url=links.panel_url(connection_id=connection_id, error_type=row["type"]),
    )


def _top(entry: dict[str, Any], *, connection_id: int) -> TopError:
    error = SyncError(
        id=entry["id"],
        connection_id=connection_id,
        type=entry["type"],
        code=entry["code"],
        direction=entry["direction"],
        hubspot_object=entry["hubspot_object"],
        salesforce_object=entry["salesforce_object"],
        details=entry["details"],
    )
    steps = presenters.steps(error)
    title, summary = presenters.title(error), presenters.summary(error)
    badge = ""
    if entry["came_back"]:
        badge = _("came back")
    elif entry["is_new"]:
        badge = _("new")
    return TopError(
        id=entry["id"],
        type=entry["type"],
        type_label=str(ErrorType(entry["type"]).label),
        code=entry["code"],
        title=title,
        cause="" if title in summary else title,
        summary=summary,
        records=entry["records"],
        records_text=presenters.records_text(entry["records"]),
        first_step=steps[0] if steps else "",
        badge=badge,
        url=links.panel_url(connection_id=connection_id, error_type=entry["type"]),
    )


def _panel_url(rows: list[TypeRow], *, connection_id: int) -> str:
    """The panel of the type with the most news; the tab when there is none."""
    news = [row for row in rows if row.new or row.came_back]
    if not news:
        return links.tab_url(connection_id=connection_id)
    return max(news, key=lambda row: row.new + row.came_back).url


def _moment(text: str) -> str:
    moment: datetime | None = parse_datetime(text) if text else None
    if moment is None:
        return ""
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)
