"""The words of messages about a connection: suspended, resumed, API calls used up, free again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from integrations.banner import banner_of
from integrations.models import Connection
from notifications.models import Alert, Digest


@dataclass(frozen=True, slots=True)
class NoticeTexts:
    subject: str
    headline: str
    intro: str
    todo: str
    tone: str
    facts: list[tuple[str, str]] = field(default_factory=list)


def notice_texts(*, kind: str, snapshot: dict[str, Any], connection: str) -> NoticeTexts:
    """Texts of a notice in the current language, from the facts that were frozen when it happened."""
    if kind == Digest.Kind.SUSPENDED:
        return _suspended(snapshot, connection)
    if kind == Digest.Kind.RESUMED:
        return _resumed(snapshot, connection)
    if kind == Digest.Kind.CALLS_BELOW:
        return _calls_below(snapshot, connection)
    return _calls(kind, snapshot, connection)


def _suspended(snapshot: dict[str, Any], connection: str) -> NoticeTexts:
    # The same words as on the tab: one place says what a code means.
    banner = banner_of(
        Connection(
            state=Connection.State.SUSPENDED,
            suspended_code=snapshot["code"],
            suspended_detail=snapshot["detail"],
        )
    )
    assert banner is not None
    facts = [(_("Since"), moment(snapshot["at"]))]
    if banner.detail:
        facts.append((_("The CRM's answer"), banner.detail))
    return NoticeTexts(
        subject=_("The sync is suspended – %(connection)s") % {"connection": connection},
        headline=str(banner.title),
        intro=str(banner.meaning),
        todo=str(banner.todo),
        tone="bad",
        facts=facts,
    )


def _resumed(snapshot: dict[str, Any], connection: str) -> NoticeTexts:
    return NoticeTexts(
        subject=_("The sync goes on – %(connection)s") % {"connection": connection},
        headline=_("The sync goes on"),
        intro=_(
            "The suspension is over. What changed meanwhile syncs now; no change has been lost."
        ),
        todo="",
        tone="good",
        facts=[
            (_("Suspended since"), moment(snapshot["began_at"])),
            (_("Over since"), moment(snapshot["at"])),
        ],
    )


def _calls(kind: str, snapshot: dict[str, Any], connection: str) -> NoticeTexts:
    facts = _use(snapshot)
    if snapshot.get("resumes_at"):
        facts.append((_("The sync goes on"), moment(snapshot["resumes_at"])))
    if kind == Digest.Kind.CALLS_100:
        return NoticeTexts(
            subject=_("The API calls allotted to HubSpot are used up – %(connection)s")
            % {"connection": connection},
            headline=_("The API calls allotted to HubSpot are used up"),
            intro=_(
                "The sync waits until calls of the last 24 hours expire. No change is lost; a share is kept for Resync."
            ),
            todo=_("Wait, or allot more calls to HubSpot on the tab."),
            tone="bad",
            facts=facts,
        )
    return NoticeTexts(
        subject=_("%(share)s%% of the API calls allotted to HubSpot are used – %(connection)s")
        % {"share": 80, "connection": connection},
        headline=_("%(share)s%% of the API calls allotted to HubSpot are used") % {"share": 80},
        intro=_(
            "The sync goes on. When the rest is used as well, it waits until older calls expire."
        ),
        todo=_("If this happens often, allot more calls to HubSpot on the tab."),
        tone="warn",
        facts=facts,
    )


def _calls_below(snapshot: dict[str, Any], connection: str) -> NoticeTexts:
    was_spent = snapshot.get("alert") == Alert.Kind.CALLS_100
    intro = (
        _("The sync goes on. What changed meanwhile syncs now; no change has been lost.")
        if was_spent
        else _("Fewer calls were used in the last 24 hours. The sync did not have to wait.")
    )
    return NoticeTexts(
        subject=_("API calls are free again – %(connection)s") % {"connection": connection},
        headline=_("API calls are free again"),
        intro=intro,
        todo="",
        tone="good",
        facts=[*_use(snapshot), (_("It lasted since"), moment(snapshot["began_at"]))],
    )


def _use(snapshot: dict[str, Any]) -> list[tuple[str, str]]:
    used, allotted = snapshot["used"], snapshot["allotted"]
    share = 100 * used // allotted if allotted else 0
    shown = _("%(used)s of %(allotted)s (%(share)s%%)") % {
        "used": number_format(used, force_grouping=True),
        "allotted": number_format(allotted, force_grouping=True),
        "share": share,
    }
    facts = [(_("Used in the last 24 hours"), shown)]
    if snapshot.get("limit"):
        facts.append(
            (_("Limited by Salesforce"), number_format(snapshot["limit"], force_grouping=True))
        )
    return facts


def moment(text: str) -> str:
    """A stored time in the reader's time zone and language; "" for none."""
    at = parse_datetime(text) if text else None
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else ""
