"""Choosing and starting an import in a real browser, with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from errors.models import BulkJob, SyncError
from integrations.models import Connection, ObjectMapping
from integrations.testing import make_connection
from tests.browsing import axe_complaints, log_in
from tests.people import make_people, record_every_type

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connection(site: str, transactional_db: None) -> Connection:
    made = make_connection(name="Northwind")
    record_every_type(made)
    make_people(made)
    ObjectMapping.objects.create(
        connection=made,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    return made


def test_the_form_asks_only_what_the_choice_leaves_open(
    page: Page, site: str, connection: Connection
) -> None:
    log_in(page, site, "operator")
    page.goto(f"{site}/connections/{connection.pk}/import/")
    since, cost = page.get_by_label("Since", exact=True), page.locator("#import-cost")
    expect(since).to_be_hidden()

    page.get_by_label("Error type").select_option("picklists")
    expect(cost).to_contain_text("At most 1 record: about 2 Salesforce API calls.")
    page.locator("input[value=changed]").check()
    expect(since).to_be_visible()
    expect(page.get_by_label("Error type")).to_be_hidden()
    expect(cost).to_contain_text("counted first")
    page.get_by_role("button", name="Start the import").click()

    expect(page.locator("#import-since-error")).to_have_text("Enter since when.")
    since.fill("2026-01-31T08:00")
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Import from Salesforce: Contacts")
    assert BulkJob.objects.get().request["scope"] == "changed"


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_form_is_accessible_and_fits(
    page: Page, site: str, connection: Connection, width: int, theme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    log_in(page, site, "operator")
    error = SyncError.objects.get(type="picklists")
    for query in (f"?error={error.pk}", "?scope=changed", "?type=picklists"):
        page.goto(f"{site}/connections/{connection.pk}/import/{query}")
        assert axe_complaints(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide


def test_it_starts_without_scripts(browser: Browser, site: str, connection: Connection) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, site, "operator")
    error = SyncError.objects.get(type="picklists")
    page.goto(f"{site}/connections/{connection.pk}/import/?error={error.pk}")
    page.get_by_role("button", name="Start the import").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Import from Salesforce: Contacts")
    assert BulkJob.objects.get().request["error"] == error.pk
    context.close()
