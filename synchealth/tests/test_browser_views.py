"""Saved views in a real browser: by dialog, without scripts, on a phone, for everybody."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from errors import saved_views, selectors
from errors.models import BulkJob, SavedView, SyncError
from errors.recording import record_outcomes
from errors.types import ErrorType
from errors.view_lists import ask_for_lists
from integrations.models import Connection
from integrations.testing import make_connection
from tests.browsing import axe_complaints, log_in
from tests.people import make_people, record_every_type, refusal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LONG = (
    "Partners-whose-industry-is-not-an-option-of-Salesforce-and-whose-name-never-ends-" + "x" * 39
)


@pytest.fixture
def connection(site: str, transactional_db: None) -> Connection:
    made = make_connection(name="Northwind")
    record_every_type(made)
    record_outcomes(
        connection_id=made.pk,
        outcomes=[refusal(ErrorType.PICKLISTS, 100 + n, label=f"Lead {n}") for n in range(60)],
    )
    make_people(made)
    return made


@pytest.fixture
def error(connection: Connection) -> SyncError:
    return SyncError.objects.get(connection=connection, type="picklists")


def make_view(error: SyncError, name: str) -> SavedView:
    return saved_views.create_view(
        connection_id=error.connection_id,
        name=name,
        user=User.objects.get(email="operator@example.com"),
        records=selectors.records_of_error(error_id=error.pk),
        error_id=error.pk,
    )


def test_a_view_is_made_in_a_dialog(
    page: Page, site: str, connection: Connection, error: SyncError
) -> None:
    make_view(error, "Taken")
    log_in(page, site, "operator")
    page.goto(f"{site}/connections/{connection.pk}/errors/{error.pk}/records/")
    page.get_by_role("searchbox").fill("Lead 1")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Create view").click()
    dialog = page.locator("dialog[open]")

    dialog.get_by_label("Name").fill("taken")
    dialog.get_by_label("Also make a static list in HubSpot").check()
    dialog.get_by_role("button", name="Create view").click()
    expect(dialog.locator(".field-error")).to_contain_text("There is a view “taken” already")
    assert dialog.get_by_label("Name").input_value() == "taken"
    assert dialog.get_by_label("Also make a static list in HubSpot").is_checked()
    dialog.get_by_label("Name").fill("Leads of the first ten")
    dialog.get_by_role("button", name="Create view").click()

    expect(page.locator("h1")).to_have_text("Leads of the first ten")
    expect(page.locator("#progress-title")).to_have_text("0 of 11 resolved")
    assert BulkJob.objects.get().kind == "list"


def test_the_dialog_closes_by_keyboard_and_gives_the_focus_back(
    page: Page, site: str, connection: Connection, error: SyncError
) -> None:
    log_in(page, site, "operator")
    page.goto(f"{site}/connections/{connection.pk}/sync-health/picklists/")
    opener = page.get_by_role("link", name="Create view")
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open]")

    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")
    assert opener.evaluate("node => node === document.activeElement")


def test_the_list_in_hubspot_is_followed_to_its_end(
    page: Page, site: str, connection: Connection, error: SyncError
) -> None:
    view = make_view(error, "Partners")
    ask_for_lists(view=view, user=None)
    log_in(page, site, "operator")
    page.goto(f"{site}/connections/{connection.pk}/views/{view.public_id}/")
    page.wait_for_selector("#hubspot-lists[hx-trigger]")

    view.hubspot_lists.append(
        {
            "object": "contacts", "name": "Partners", "list_id": "7", "added": 60, "not_there": 1,
            "unknown": 0, "unknown_ids": [], "refusal": "", "refusal_code": "", "complete": True,
        }
    )  # fmt: skip
    view.save()
    BulkJob.objects.update(state="finished")

    page.wait_for_selector("#hubspot-lists:not([hx-trigger])")
    link = page.locator("#hubspot-lists").get_by_role("link", name="Partners")
    assert str(link.get_attribute("href")).endswith("/objectLists/7")
    expect(page.locator("#hubspot-lists")).to_contain_text("1 record is not in HubSpot yet")


def test_everything_works_without_javascript(
    browser: Browser, site: str, connection: Connection, error: SyncError
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page: Any = context.new_page()
    log_in(page, site, "operator")
    page.goto(f"{site}/connections/{connection.pk}/errors/{error.pk}/records/")
    page.get_by_role("link", name="Create view").click()
    page.get_by_role("button", name="Create view").click()
    assert "Give the view a name." in page.locator(".field-error").inner_text()
    page.get_by_label("Name").fill("Partners")
    page.get_by_role("button", name="Create view").click()
    assert page.locator("h1").inner_text() == "Partners"

    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("Resellers")
    page.get_by_role("button", name="Rename").click()
    assert page.locator("h1").inner_text() == "Resellers"
    page.get_by_role("link", name="Resolved").click()
    assert "has been resolved yet" in page.locator("main").inner_text()

    page.get_by_role("link", name="Make a list in HubSpot").click()
    page.get_by_role("button", name="Make the list").click()
    assert page.locator("#hubspot-lists progress").count() == 1

    page.get_by_role("link", name="Delete").click()
    assert SavedView.objects.exists()
    page.get_by_role("button", name="Delete").click()
    assert page.locator("h1").inner_text() == "Saved views"
    assert not SavedView.objects.exists()
    context.close()


@pytest.mark.parametrize(
    ("theme", "width"),
    [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 320)],
    ids=lambda value: str(value),
)
def test_pages_are_accessible_and_fit(
    page: Page, site: str, connection: Connection, error: SyncError, theme: str, width: int
) -> None:
    User.objects.update(theme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    view = make_view(error, LONG)
    view.hubspot_lists = [
        {
            "object": name, "name": LONG, "list_id": list_id, "added": 60, "not_there": 2, "unknown": 1,
            "unknown_ids": ["987654321"], "refusal": words, "refusal_code": "X", "complete": not words,
        }
        for name, list_id, words in (("contacts", "7", ""), ("companies", "", "List name must be unique"))
    ]  # fmt: skip
    view.save()
    ask_for_lists(view=view, user=None)
    at = f"/connections/{connection.pk}"
    of_view = f"{at}/views/{view.public_id}/"
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    log_in(page, site, "operator")

    complaints = {}
    for address in (
        f"{at}/sync-health/",
        f"{at}/sync-health/picklists/",
        f"{at}/errors/{error.pk}/records/",
        f"{at}/errors/{error.pk}/records/create-view/",
        f"{at}/views/",
        of_view,
        f"{of_view}?state=resolved",
        f"{of_view}rename/",
        f"{of_view}delete/",
        f"{of_view}hubspot-list/",
    ):
        page.goto(site + address)
        complaints[address] = axe_complaints(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.goto(f"{site}{at}/errors/{error.pk}/records/")
    page.get_by_role("link", name="Create view").click()
    page.wait_for_selector("dialog[open]")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    assert {where: said for where, said in complaints.items() if said} == {}
    assert problems == []
