"""The pages in a real browser: accessible in both themes, languages and widths, by keyboard, without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from accounts.models import User
from errors.models import ResyncBatch, SyncError
from errors.types import ErrorType
from integrations.models import Connection
from integrations.testing import make_connection
from tests.browsing import axe_complaints, log_in
from tests.people import make_people, record_every_type, record_values

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connection(site: str, transactional_db: None) -> Connection:
    made = make_connection(name="Northwind")
    record_every_type(made)
    record_values(made, 12)
    make_people(made)
    return made


def _pages(connection: Connection) -> list[str]:
    error = SyncError.objects.filter(connection=connection).earliest("pk")
    batch = ResyncBatch.objects.create(
        connection=connection,
        idempotency_key="k",
        selection_digest="d",
        total=1,
        state="finished",
        done=1,
    )
    batch.items.create(error=error, state="failed", reason="Still too long.")
    at = f"/connections/{connection.pk}"
    return [
        "/account/",
        "/account/tokens/",
        f"{at}/sync-health/",
        f"{at}/sync-health/associations/",
        f"{at}/sync-health/duplicates/",
        f"{at}/sync-health/property-values/?size=200",
        f"{at}/errors/{error.pk}/about/",
        f"{at}/errors/{error.pk}/records/",
        f"{at}/resync/",
        f"{at}/resync/{batch.public_id}/",
        f"{at}/settings/",
        f"{at}/settings/login/salesforce/",
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "pl"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    page: Page, site: str, connection: Connection, theme: str, language: str, width: int
) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    User.objects.update(language=language, theme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    addresses = _pages(connection)
    page.goto(f"{site}/login/")
    complaints = {"/login/": axe_complaints(page)}
    log_in(page, site)

    for address in addresses:
        page.goto(site + address)
        complaints[address] = axe_complaints(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address

    assert {where: said for where, said in complaints.items() if said} == {}
    assert problems == []


def test_narrowest_phone_needs_no_sideways_scrolling(
    page: Page, site: str, connection: Connection
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    addresses = _pages(connection)
    log_in(page, site)

    for address in addresses:
        page.goto(site + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_panel_opens_in_place_and_back_closes_it(
    page: Page, site: str, connection: Connection
) -> None:
    log_in(page, site)
    page.locator("#card-picklists").click()
    page.wait_for_selector("#panel")

    assert page.url.endswith("/sync-health/picklists/")
    assert page.evaluate("document.activeElement.id") == "panel-title"

    page.go_back()
    page.wait_for_selector("#panel", state="detached")
    assert page.locator("h1").count() == 1


def test_everything_on_the_way_to_resync_works_by_keyboard(
    page: Page, site: str, connection: Connection
) -> None:
    log_in(page, site)
    page.locator("#card-picklists").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel")

    info = page.locator("tbody .icon-button").first
    info.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    assert info.evaluate("node => node === document.activeElement")

    page.locator("input[name=errors]").first.focus()
    page.keyboard.press("Space")
    assert "1 of at most 100" in page.locator("[data-selection-text]").inner_text()
    page.locator("form[data-selection] button.primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#batch-strip")
    assert ResyncBatch.objects.get().total == 1


def test_more_than_100_is_told_before_and_after_the_press(
    page: Page, site: str, connection: Connection
) -> None:
    record_values(connection, 101)
    log_in(page, site)
    page.goto(f"{site}/connections/{connection.pk}/sync-health/property-values/?size=200")
    page.locator("[data-select-page]").check()

    assert "at most 100" in page.locator("[data-selection-text]").inner_text()

    page.locator("form[data-selection] button.primary").click()
    page.wait_for_selector(".notice.bad")
    assert page.locator("input[name=errors]:checked").count() > 100
    assert not ResyncBatch.objects.exists()


def test_progress_follows_the_batch_and_stops_at_its_end(
    page: Page, site: str, connection: Connection
) -> None:
    log_in(page, site)
    page.goto(f"{site}/connections/{connection.pk}/sync-health/picklists/")
    page.locator("input[name=errors]").first.check()
    page.locator("form[data-selection] button.primary").click()
    page.wait_for_selector("#batch-strip[hx-trigger]")

    batch = ResyncBatch.objects.get()
    batch.items.update(state="resolved")
    ResyncBatch.objects.update(state="finished", done=1, finished_at=batch.created_at)

    page.wait_for_selector("#batch-strip:not([hx-trigger])")
    assert "resolved" in page.locator("#batch-strip").inner_text()
    assert "Resync finished" in page.locator("#resync-said").inner_text()


def test_bad_allotment_is_told_beside_the_field(
    page: Page, site: str, connection: Connection
) -> None:
    log_in(page, site)
    page.locator("#allotted").fill("many")
    page.get_by_role("button", name="Update").click()

    page.wait_for_selector("#allotted-error")
    assert page.locator("#allotted").input_value() == "many"


def test_select_and_resync_without_javascript(
    browser: Browser, site: str, connection: Connection
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page: Any = context.new_page()
    log_in(page, site)
    page.locator("#card-property-values").click()
    page.locator("input[name=errors]").nth(0).check()
    page.locator("input[name=errors]").nth(1).check()
    page.locator("form[data-selection] button.primary").click()
    page.wait_for_load_state()

    assert "#sync-errors" in page.url
    assert ResyncBatch.objects.get().total == 2

    page.locator("#batch-strip").get_by_role("link", name="What happened to each error").click()
    assert page.locator("h1").inner_text() == "Resync of 2 errors"

    page.goto(f"{site}/connections/{connection.pk}/sync-health/{ErrorType.PICKLISTS.value}/")
    page.locator("tbody .icon-button").first.click()
    assert page.get_by_text("How to resolve it").is_visible()
    context.close()
