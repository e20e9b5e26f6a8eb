"""Updating a property in a real browser: by keyboard, without scripts, on a phone, and by axe's rules."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from accounts.models import User
from errors.models import BulkJob, SavedView, SyncError
from errors.tests.update_connection import fail_contacts, make_updatable, pair
from integrations.models import PropertyMapping
from tests.browsing import axe_complaints, log_in
from tests.people import make_people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def error(site: str, transactional_db: None) -> SyncError:
    connection = make_updatable()
    make_people(connection)
    return fail_contacts(connection, 12)


def _at(error: SyncError, query: str = "") -> str:
    return f"/connections/{error.connection_id}/update/?error={error.pk}{query}"


def test_choose_preview_and_apply_by_keyboard(page: Page, site: str, error: SyncError) -> None:
    log_in(page, site, "operator")
    page.goto(site + _at(error))

    page.locator("#update-value").focus()
    page.keyboard.type("Head of Lab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#preview")

    assert "preview=1" in page.url
    assert page.locator("#update-value").input_value() == "Head of Lab"
    assert not BulkJob.objects.exists()

    page.go_back()
    assert page.locator("#preview").count() == 0
    page.go_forward()
    page.wait_for_selector("#preview")
    page.locator("#update-apply").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/**")

    assert BulkJob.objects.get().request["value"] == "Head of Lab"
    assert "Update of jobtitle in HubSpot" in page.locator("h1").inner_text()
    assert axe_complaints(page) == []


def test_mode_is_chosen_by_arrow_keys_and_a_touch_asks_for_no_value(
    page: Page, site: str, error: SyncError
) -> None:
    log_in(page, site, "operator")
    page.goto(site + _at(error))

    page.locator("[type=radio][value=set]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator("[type=radio]:checked").get_attribute("value") == "touch"
    assert not page.locator("#update-value").is_visible()
    page.keyboard.press("Enter")
    page.wait_for_selector("#preview")

    assert "the same, once more" in page.locator("#preview").inner_text()


def test_refusal_stands_beside_the_value_and_keeps_it(
    page: Page, site: str, error: SyncError
) -> None:
    log_in(page, site, "operator")
    page.goto(site + _at(error, f"&pair={pair('score')}"))
    page.locator("#update-value").fill("12,5")
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector("#value-error")

    assert page.locator("#update-value").input_value() == "12,5"
    assert page.locator("#update-value").get_attribute("aria-describedby") == "value-error"
    assert axe_complaints(page) == []


def test_everything_works_without_javascript(browser: Browser, site: str, error: SyncError) -> None:
    context = browser.new_context(java_script_enabled=False)
    page: Any = context.new_page()
    log_in(page, site, "operator")
    page.goto(f"{site}/connections/{error.connection_id}/update/")
    page.get_by_role("link", name="Property values").click()
    page.locator("#update-pair").select_option(str(pair("tags")))
    page.get_by_role("button", name="Choose").click()
    page.get_by_label("A", exact=True).check()
    page.get_by_label("B", exact=True).check()
    PropertyMapping.objects.filter(hubspot_property="tags").update(paused=True)
    page.get_by_role("button", name="Preview").click()
    assert page.get_by_text("this mapping is paused").is_visible()
    page.locator("#update-apply").click()

    assert "/jobs/" in page.url
    assert BulkJob.objects.get().request["value"] == "a;b"
    context.close()


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    page: Page, site: str, error: SyncError, theme: str, width: int
) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    view = SavedView.objects.create(
        connection=error.connection, name="Spring " + "x" * 100, error=error, total=1
    )
    PropertyMapping.objects.filter(hubspot_property="born").update(rule="prefer_salesforce")
    User.objects.update(theme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, site, "operator")
    at = f"/connections/{error.connection_id}/update/"
    complaints = {}

    for address in (
        at,
        f"{at}?view={view.public_id}",
        _at(error, f"&pair={pair('tags')}"),
        _at(error, f"&pair={pair('born')}&mode=set&value=2026-09-30&preview=1"),
        _at(error, f"&pair={pair('notes')}&mode=set&value={'word' * 40}&preview=1"),
    ):
        page.goto(site + address)
        complaints[address] = axe_complaints(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address

    assert {where: said for where, said in complaints.items() if said} == {}
    assert problems == []
