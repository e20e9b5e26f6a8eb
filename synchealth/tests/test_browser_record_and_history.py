"""A record's page and the history in a real browser: accessible, by keyboard, without scripts, on a phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from common import clock
from errors.models import AffectedRecord, ErrorDay, ResyncBatch
from errors.recording import record_outcomes
from errors.tests.world import link_contact, map_contacts
from errors.types import ErrorType
from integrations.models import Connection
from integrations.outcomes import Direction, Outcome, RecordRef, Status
from integrations.testing import make_connection
from tests.browsing import axe_complaints, log_in
from tests.people import make_people, record_every_type, refusal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connection(site: str, transactional_db: None) -> Connection:
    made = make_connection(name="Northwind")
    record_every_type(made)
    make_people(made)
    return made


@pytest.fixture
def row(connection: Connection) -> AffectedRecord:
    """A record with values, an open error, an earlier one and some tries."""
    link_contact(map_contacts(connection), "1004", "003000000000004AAA")
    for field in ("a", "b"):
        record_outcomes(
            connection_id=connection.pk,
            outcomes=[refusal(ErrorType.PICKLISTS, 4, field=field, label="Ada Byron")],
        )
    return AffectedRecord.objects.get(record_key="contacts:hs:1004", state="open")


@pytest.fixture
def many_days(connection: Connection) -> None:
    today = clock.now().date()
    ErrorDay.objects.bulk_create(
        ErrorDay(
            connection=connection,
            day=today - timedelta(days=ago),
            type=kind,
            opened=ago * 37 % 1900,
            reopened=ago % 3,
            resolved=ago * 53 % 1400,
            seconds_open=ago * 53 % 1400 * 5000,
            within_hour=ago % 2,
            within_day=ago * 53 % 1400 // 2,
            within_week=ago * 53 % 1400 // 2,
        )
        for ago in range(1, 90)
        for kind in ("picklists", "other")
    )


def _addresses(row: AffectedRecord) -> list[str]:
    at = f"/connections/{row.connection_id}"
    return [
        f"{at}/records/{row.pk}/",
        f"{at}/history/?days=90",
        f"{at}/history/?days=7&type=custom-code",
        f"{at}/history/?days=7&type=duplicates",
        f"{at}/resync/",
    ]


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    page: Page, site: str, row: AffectedRecord, many_days: None, theme: str, width: int
) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    User.objects.update(theme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, site)
    complaints = {}

    for address in _addresses(row):
        page.goto(site + address)
        page.evaluate(
            "for (const one of document.querySelectorAll('main details')) one.open = true"
        )
        complaints[address] = axe_complaints(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address

    assert {where: said for where, said in complaints.items() if said} == {}
    assert problems == []


def test_a_record_is_resynced_by_keyboard_and_the_page_says_how_it_ended(
    page: Page, site: str, row: AffectedRecord
) -> None:
    log_in(page, site, "operator")
    page.goto(f"{site}/connections/{row.connection_id}/records/{row.pk}/")

    page.get_by_role("button", name="Resync this record").focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator(".page-head").get_by_text("Being resynced")).to_be_visible()
    batch = ResyncBatch.objects.get()
    assert (batch.record_key, batch.total) == (row.record_key, 1)

    # What a worker makes of it: the record syncs, the batch ends.
    record = RecordRef("contacts", "Contact", row.hubspot_id, row.salesforce_id, row.label)
    record_outcomes(
        connection_id=row.connection_id,
        outcomes=[Outcome(record, Direction.TO_SALESFORCE, Status.SYNCED)],
        source="resync",
    )
    batch.items.update(state="resolved")
    ResyncBatch.objects.update(state="finished", done=1)

    expect(page.get_by_role("heading", name="No open error")).to_be_visible()
    expect(page.locator("#record-said")).to_have_text(
        "Resync finished: the record has no open error."
    )
    assert page.get_by_role("button", name="Resync this record").count() == 0


@pytest.mark.parametrize("javascript", [True, False])
def test_a_record_that_still_fails_is_shown_to_do_so_where_its_progress_was(
    browser: Browser, site: str, row: AffectedRecord, javascript: bool
) -> None:
    context = browser.new_context(java_script_enabled=javascript)
    page = context.new_page()
    log_in(page, site, "operator")
    page.goto(f"{site}/connections/{row.connection_id}/records/{row.pk}/")
    page.get_by_role("button", name="Resync this record").click()
    asked = page.get_by_text("The resync of this record has been asked for.")
    expect(asked).to_be_visible()

    batch = ResyncBatch.objects.get()
    batch.items.update(state="failed", reason="No.")
    ResyncBatch.objects.update(state="finished", failed=1)

    # Without a script the page loads itself again.
    told = page.locator(".notice.bad", has_text="Resync finished: the record still fails.")
    expect(told).to_be_visible(timeout=15_000)
    expect(asked).to_have_count(0)
    expect(page.locator(".notice.good")).to_have_count(0)
    context.close()


def test_long_values_unfold_by_keyboard(page: Page, site: str, row: AffectedRecord) -> None:
    log_in(page, site)
    page.goto(f"{site}/connections/{row.connection_id}/records/{row.pk}/")
    full = page.locator(".value-table .long-value .crm-text")
    expect(full).to_be_hidden()

    page.locator(".value-table .long-value summary").focus()
    page.keyboard.press("Enter")

    expect(full).to_be_visible()
    expect(full).to_have_text("x" * 300)


def test_period_and_type_are_chosen_by_keyboard_and_back_goes_back(
    page: Page, site: str, connection: Connection, many_days: None
) -> None:
    log_in(page, site)
    page.goto(f"{site}/connections/{connection.pk}/history/")

    page.get_by_role("link", name="90 days").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/history/?days=90")
    page.get_by_label("Error type").select_option("other")
    page.wait_for_url("**/history/?days=90&type=other")
    expect(page.get_by_role("heading", level=2, name="Other")).to_be_visible()
    page.go_back()

    page.wait_for_url("**/history/?days=90")
    expect(page.get_by_role("img", name="Errors day by day from")).to_be_visible()


def test_all_of_it_works_without_javascript(
    browser: Browser, site: str, row: AffectedRecord, many_days: None
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, site, "operator")

    page.goto(f"{site}/connections/{row.connection_id}/errors/{row.error_id}/records/")
    page.locator("tbody a").first.click()
    page.get_by_role("button", name="Resync this record").click()
    assert ResyncBatch.objects.count() == 1
    assert page.get_by_role("link", name="Refresh").count() == 1

    page.get_by_role("link", name="History").click()
    page.get_by_label("Error type").select_option("other")
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/history/?days=30&type=other")
    page.get_by_text("The numbers day by day").click()
    assert page.locator(".trend-table tbody tr").count() == 30
    page.get_by_role("link", name="Resyncs", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    context.close()


def test_forced_colours_keep_the_bars_apart(
    browser: Browser, site: str, connection: Connection, many_days: None
) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    log_in(page, site)
    page.goto(f"{site}/connections/{connection.pk}/history/?days=90")

    def fill(kind: str) -> Any:
        return page.locator(f".trend-plot .{kind}").first.evaluate(
            "bar => getComputedStyle(bar).fill"
        )

    assert len({fill("opened"), fill("reopened"), fill("resolved")}) == 3
    context.close()
