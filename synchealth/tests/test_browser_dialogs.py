"""Dialogs and messages in a real browser: each form once, and a console without complaints."""

from __future__ import annotations

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from errors.models import SyncError
from integrations.models import Connection
from integrations.testing import make_connection
from tests.browsing import log_in
from tests.people import make_people, record_every_type

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connection(site: str, transactional_db: None) -> Connection:
    made = make_connection(name="Northwind")
    record_every_type(made)
    make_people(made)
    return made


@pytest.fixture
def error(connection: Connection) -> SyncError:
    return SyncError.objects.get(connection=connection, type="picklists")


def test_the_console_stays_clean_over_the_actions_of_a_panel(
    page: Page, site: str, connection: Connection, error: SyncError
) -> None:
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    log_in(page, site, "operator")
    page.on("console", listen)
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.goto(f"{site}/connections/{connection.pk}/sync-health/picklists/")
    page.locator("input[name=errors]").check()
    page.get_by_role("button", name="Ignore").click()
    dialog = page.locator("dialog[open]")
    reason = dialog.locator("[name=reason]")
    # What dragging its corner does: the browser itself sets a style, which the next answer must not take over.
    reason.evaluate("field => { field.style.height = '9em'; }")
    dialog.locator("[name=until]").fill("2020-01-01")
    dialog.get_by_role("button", name="Ignore").click()
    expect(dialog.locator("#id_until_error, .field-error").first).to_be_visible()
    dialog.get_by_role("button", name="Ignore").click()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Resync", exact=True).click()
    expect(page.locator("#batch-strip")).to_be_visible()

    assert said == []
