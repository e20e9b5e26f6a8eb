"""Every mail in both languages, word for word. `UPDATE_MAILS=1 pytest …` writes them anew: look at the diff."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine

from accounts.models import User
from errors.models import SyncError
from integrations.models import Connection
from integrations.testing import make_connection
from notifications.mails import build_mail, render
from notifications.models import Digest, Subscription, all_types

pytestmark = pytest.mark.django_db
GOLDEN = Path(__file__).parent / "mails"
AT = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


def row(
    kind: str, *, new: int = 0, back: int = 0, resolved: int = 0, still: int, before: int
) -> Any:
    return {
        "type": kind,
        "new": new,
        "came_back": back,
        "resolved": resolved,
        "open": still,
        "records": still * 3,
        "open_before": before,
    }


def error(kind: str, code: str, records: int, **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "type": kind,
        "code": code,
        "direction": "to_salesforce",
        "hubspot_object": "contacts",
        "salesforce_object": "Contact",
        "records": records,
        "is_new": True,
        "came_back": False,
        "details": {},
        **more,
    }


WINDOW = {"since": (AT - timedelta(days=1)).isoformat(), "until": AT.isoformat()}
ERRORS = {
    **WINDOW,
    "frequency": "daily",
    "types": [
        row("duplicates", new=1, still=3, before=2),
        row("picklists", new=4, back=1, resolved=2, still=22, before=19),
        row("property-values", resolved=5, still=0, before=5),
        row("other", still=1, before=1),
    ],
    "top": [
        error(
            "picklists",
            "option-missing-in-salesforce",
            1240,
            details={"hubspot_property": "industry", "value": "Photonics & <Optics>"},
        ),
        error("duplicates", "email-already-in-use", 1, came_back=True),
        error("other", "unknown", 2, is_new=False, details={"message": "Ach, <b>nein</b>!"}),
    ],
}
USE = {"used": 8123, "allotted": 10000, "limit": 15000, "resumes_at": ""}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "daily": ("errors", ERRORS),
    "weekly-one": (
        "errors",
        {
            **ERRORS,
            "frequency": "weekly",
            "types": [row("associations", new=1, still=1, before=0)],
            "top": [],
        },
    ),
    "instant-back": (
        "errors",
        {
            **ERRORS,
            "frequency": "instant",
            "types": [row("permissions", back=5, still=5, before=0)],
            "top": [],
        },
    ),
    "quiet": ("quiet", {**ERRORS, "types": [row("other", still=2, before=2)], "top": []}),
    "test": ("test", ERRORS),
    "suspended": (
        "suspended",
        {"code": "INVALID_GRANT", "detail": "expired <token>", "at": AT.isoformat()},
    ),
    "resumed": (
        "resumed",
        {"began_at": AT.isoformat(), "at": (AT + timedelta(hours=3)).isoformat()},
    ),
    "calls-80": ("calls_80", USE),
    "calls-100": ("calls_100", {**USE, "used": 10000, "resumes_at": AT.isoformat()}),
    "calls-below": (
        "calls_below",
        {**USE, "used": 7000, "alert": "calls_100", "began_at": AT.isoformat()},
    ),
}


def make_digest(language: str, kind: str, snapshot: dict[str, Any], name: str = "Acme") -> Digest:
    connection: Connection = make_connection(pk=77, name=name)
    user = User.objects.create(
        pk=77, email="r@example.com", language=language, time_zone="Europe/Warsaw"
    )
    subscription = Subscription.objects.create(
        pk=77, connection=connection, user=user, types=all_types(), enabled=True
    )
    return Digest(
        public_id=UUID("11111111-2222-3333-4444-555555555555"),
        subscription=subscription,
        kind=kind,
        snapshot=snapshot,
        created_at=AT,
        not_before=AT,
    )


@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("name", CASES)
def test_mail_is_word_for_word_as_it_was_looked_at(name: str, language: str) -> None:
    kind, snapshot = CASES[name]
    with time_machine.travel(AT, tick=False):
        mail = render(make_digest(language, kind, snapshot))

    written = {
        f"{name}.{language}.txt": f"Subject: {mail.subject}\n\n{mail.text}",
        f"{name}.{language}.html": mail.html,
    }
    for file, content in written.items():
        # The signature of a link is of the key of the day.
        stable = re.sub(r"/unsubscribe/[^/]+/", "/unsubscribe/TOKEN/", content)
        if os.environ.get("UPDATE_MAILS"):
            GOLDEN.mkdir(exist_ok=True)
            (GOLDEN / file).write_text(stable, encoding="utf-8")
        assert stable == (GOLDEN / file).read_text(encoding="utf-8"), file


def test_text_of_the_crms_is_escaped_in_html() -> None:
    evil = "<img src=x onerror=alert(1)>"
    snapshot = {**ERRORS, "top": [error("other", "unknown", 1, details={"message": evil})]}
    mail = render(make_digest("en", "errors", snapshot, name="<script>alert(1)</script>"))

    assert evil not in mail.html
    assert "<script>" not in mail.html
    assert "&lt;img src=x" in mail.html
    assert evil in mail.text  # plain text is nobody's markup


@pytest.mark.parametrize("name", ["Acme\r\nBcc: evil@example.com", "Acme\u2028\x1bx"])
def test_no_header_can_be_smuggled_in_by_a_name(name: str) -> None:
    mail = build_mail(make_digest("en", "errors", ERRORS, name=name)).message()

    assert mail["Bcc"] is None
    raw = mail.as_bytes()
    assert b"\nBcc:" not in raw.split(b"\n\n", 1)[0]
    assert "\n" not in str(mail["Subject"]).replace("\n ", "")


def test_mail_loads_nothing_from_anywhere() -> None:
    html = render(make_digest("en", "errors", ERRORS)).html

    assert not re.search(r"<(img|script|link|iframe)\b|url\(|@import", html)


def test_a_cause_that_is_known_no_more_is_still_told() -> None:
    snapshot = {**ERRORS, "top": [error("other", "gone-from-the-catalogue", 3)]}

    assert "3 records" in render(make_digest("en", "errors", snapshot)).text
    assert not SyncError.objects.exists()
