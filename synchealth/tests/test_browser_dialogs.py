"""Dialogs and messages in a real browser: each form once, and a console without complaints."""

from __future__ import annotations

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from accounts.models import User
from errors import saved_views, selectors
from errors.models import SavedView, SyncError
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


def make_view(error: SyncError, name: str) -> SavedView:
    return saved_views.create_view(
        connection_id=error.connection_id,
        name=name,
        user=User.objects.get(email="operator@example.com"),
        records=selectors.records_of_error(error_id=error.pk),
        error_id=error.pk,
    )


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


@pytest.mark.parametrize("page_of", ["rename", "create", "lists", "ignore", "assign"])
def test_a_form_that_is_a_page_answers_bad_input_on_that_page(
    page: Page, site: str, connection: Connection, error: SyncError, page_of: str
) -> None:
    view = make_view(error, "Partners")
    make_view(error, "Taken")
    here = f"{site}/connections/{connection.pk}"
    panel = f"{here}/sync-health/picklists"
    address, name = {
        "rename": (f"{here}/views/{view.public_id}/rename/", "taken"),
        "create": (f"{here}/errors/{error.pk}/records/create-view/", "taken"),
        "lists": (f"{here}/views/{view.public_id}/hubspot-list/", ""),
        "ignore": (f"{panel}/ignore/?errors={error.pk}", ""),
        "assign": (f"{panel}/assign/?errors={error.pk}", ""),
    }[page_of]
    log_in(page, site, "operator")
    page.goto(address)

    form = page.locator("main form")
    expect(form).to_have_count(1)
    if form.locator("[name=name]").count():
        form.locator("[name=name]").fill(name)
        form.locator("[name=name]").press("Enter")
    else:
        form.locator("button.primary").click()

    expect(page.locator("main .field-error")).to_have_count(1)
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator("form:has(.field-error)")).to_have_count(1)
    assert all(text.strip() for text in page.locator("main .card > p").all_inner_texts())


CUT_OFF = """() => {
  const canvas = document.createElement("canvas").getContext("2d");
  const wide = (text, field) => {
    const style = getComputedStyle(field);
    canvas.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    return canvas.measureText(text).width;
  };
  const cut = [];
  for (const field of document.querySelectorAll("main input[placeholder]")) {
    const style = getComputedStyle(field);
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    if (wide(field.placeholder, field) > room) cut.push(field.placeholder);
  }
  for (const field of document.querySelectorAll("main .panel-tools select")) {
    const style = getComputedStyle(field);
    // The arrow takes as much as a letter is high.
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - parseFloat(style.fontSize);
    const text = field.selectedOptions[0].text;
    if (field.offsetWidth && wide(text, field) > room) cut.push(text);
  }
  for (const tab of document.querySelectorAll(".tabs a")) {
    if (tab.getBoundingClientRect().right > document.documentElement.clientWidth) cut.push(tab.text);
  }
  return cut;
}"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "pl"])
def test_no_field_or_tab_is_cut_off(
    page: Page, site: str, connection: Connection, error: SyncError, width: int, language: str
) -> None:
    User.objects.filter(email="operator@example.com").update(language=language)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, site, "operator")
    at = f"{site}/connections/{connection.pk}"
    cut = {}
    for address in (
        "sync-health/picklists/?size=100&age=7d",
        f"errors/{error.pk}/records/",
        "history/",
        "jobs/",
    ):
        page.goto(f"{at}/{address}")
        for more in page.locator("details.more-filters:not([open]) summary").all():
            more.click()
        cut[address] = page.evaluate(CUT_OFF)

    assert {address: texts for address, texts in cut.items() if texts} == {}
