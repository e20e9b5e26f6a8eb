"""Working on ticked errors in a real browser: the bar, the dialogs, the keyboard, and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from errors.ignoring import ignore_errors
from errors.models import ResyncBatch, SyncError
from integrations.models import Connection
from integrations.testing import make_connection
from tests.browsing import axe_complaints, log_in
from tests.people import make_people, record_every_type, record_values

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connection(site: str, transactional_db: None) -> Connection:
    made = make_connection(name="Northwind")
    record_every_type(made)
    record_values(made, 4)
    make_people(made)
    return made


@pytest.fixture
def panel(site: str, connection: Connection) -> str:
    return f"{site}/connections/{connection.pk}/sync-health/property-values/"


def _open(page: Page, site: str, address: str) -> None:
    log_in(page, site, "operator")
    page.goto(address)


def _bar(page: Page, label: str) -> Any:
    return page.locator(".action-bar").get_by_role("button", name=label, exact=True)


def _tick(page: Page, number: int) -> list[int]:
    boxes = page.locator("input[name=errors]")
    for index in range(number):
        boxes.nth(index).check()
    return [int(boxes.nth(index).get_attribute("value") or 0) for index in range(number)]


def test_errors_are_ignored_by_keyboard_and_what_was_typed_stays(
    page: Page, site: str, panel: str
) -> None:
    _open(page, site, panel)
    ids = _tick(page, 2)
    assert "2 of at most 100" in page.locator("[data-selection-text]").inner_text()

    _bar(page, "Ignore").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] #id_reason")
    assert page.evaluate("document.activeElement.id") == "id_reason"
    page.locator("#id_above").fill("0")
    assert page.locator("#ends-growth").is_checked()
    page.locator("dialog button.primary").press("Enter")
    page.wait_for_selector("#id_reason_error")
    assert page.locator("#id_above_error").is_visible()
    assert page.locator("#id_above").input_value() == "0"
    expect(page.locator("#id_reason")).to_be_focused()

    page.keyboard.type("The vendor mends it.")
    page.locator("#id_above").fill("3")
    page.locator("dialog button.primary").press("Enter")
    page.wait_for_selector("dialog[open]", state="detached")
    page.wait_for_selector(".notice.good")

    assert "2 errors are ignored." in page.locator(".notice.good").inner_text()
    expect(page.locator(".notice.good")).to_be_focused()
    ignored = SyncError.objects.filter(status="ignored")
    assert set(ignored.values_list("pk", "ignored_above", "ignore_reason")) == {
        (pk, 3, "The vendor mends it.") for pk in ids
    }

    page.get_by_role("link", name="Ignored", exact=True).click()
    page.wait_for_selector("text=The vendor mends it.")
    assert page.url.endswith("?status=ignored")
    page.locator("[data-select-page]").check()
    _bar(page, "Take up again").click()
    page.wait_for_selector("text=2 errors are taken up again.")
    assert not ignored.exists()


def test_escape_leaves_the_dialog_and_the_ticks(page: Page, site: str, panel: str) -> None:
    _open(page, site, panel)
    _tick(page, 1)
    _bar(page, "Assign").click()
    page.wait_for_selector("dialog[open] #id_to")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog[open]", state="detached")

    assert page.locator("input[name=errors]:checked").count() == 1
    assert _bar(page, "Assign").evaluate("node => node === document.activeElement")


def test_errors_are_assigned_and_shown_with_who_has_them(page: Page, site: str, panel: str) -> None:
    _open(page, site, panel)
    ids = _tick(page, 2)
    _bar(page, "Assign").click()
    page.wait_for_selector("dialog[open] #id_to")
    page.locator("dialog button.primary").click()
    page.wait_for_selector("#id_to_error")
    page.locator("#id_to").select_option(label="Viewer · viewer@example.com")
    page.locator("dialog button.primary").click()
    page.wait_for_selector("dialog[open]", state="detached")

    for pk in ids:
        assert "Viewer" in page.locator(f"#error-{pk} .person").inner_text()
    assert page.locator(".person").count() == 2


@pytest.mark.parametrize("label", ["Resync", "Ignore", "Assign"])
def test_nothing_ticked_is_told_above_the_list(
    page: Page, site: str, panel: str, label: str
) -> None:
    _open(page, site, panel)
    _bar(page, label).click()

    page.wait_for_selector(".notice.bad")
    assert "Nothing is selected" in page.locator(".notice.bad").inner_text()
    assert page.url == panel
    assert page.locator("dialog[open]").count() == 0


def test_export_saves_the_ticked_errors_and_leaves_the_page(
    page: Page, site: str, panel: str
) -> None:
    _open(page, site, panel)
    _tick(page, 2)

    with page.expect_download() as waiting:
        _bar(page, "Export").click()

    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == 3
    assert "csrf" not in waiting.value.url
    assert page.locator("input[name=errors]:checked").count() == 2


def test_filters_are_in_the_address_and_back_undoes_them(page: Page, site: str, panel: str) -> None:
    _open(page, site, panel)
    rows = page.locator("#panel tbody tr").count()
    page.get_by_text("More filters").click()
    page.locator("#filter-age").focus()
    page.locator("#filter-age").select_option("over-7d")
    page.wait_for_url("**/?age=over-7d")
    page.wait_for_selector(".chip")
    # Who goes through filters by keyboard stays where they are.
    assert page.evaluate("document.activeElement.id") == "filter-age"
    assert page.locator(".more-filters").evaluate("node => node.open")

    page.get_by_role("link", name="Remove the filter Opened").click()
    page.wait_for_selector(".chip", state="detached")
    assert page.locator("#panel tbody tr").count() == rows

    page.go_back()
    page.wait_for_selector(".chip")
    assert page.url == panel + "?age=over-7d"
    page.go_back()
    page.wait_for_selector(".chip", state="detached")
    assert page.url == panel


def test_headings_sort_in_place(page: Page, site: str, panel: str) -> None:
    _open(page, site, panel)
    page.get_by_role("link", name="Affected records").click()
    page.wait_for_selector("th[aria-sort=descending]")

    assert page.url.endswith("?sort=records")
    assert page.locator("#filter-sort").input_value() == "records"


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_dialogs_views_and_complaints_are_accessible_and_fit(
    page: Page, site: str, panel: str, connection: Connection, width: int
) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    error = SyncError.objects.filter(type="property-values").earliest("pk")
    ignore_errors(connection_id=connection.pk, error_ids=[error.pk], reason="Known.", above="now")
    SyncError.objects.update(times_reopened=3)
    page.set_viewport_size({"width": width, "height": 800})
    _open(page, site, panel)
    complaints: dict[str, list[str]] = {}

    for query in (
        "?status=ignored",
        "?status=resolved",
        "?status=all",
        "?assigned=nobody&age=24h&sort=records",
    ):
        page.goto(panel + query)
        complaints[query] = axe_complaints(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query
    for label in ("Ignore", "Assign"):
        page.goto(panel)
        _tick(page, 2)
        _bar(page, label).click()
        page.wait_for_selector("dialog[open] .selection-form")
        page.locator("dialog button.primary").click()
        page.wait_for_selector("dialog .field-error")
        complaints[label] = axe_complaints(page)
        box = page.locator("dialog[open]").evaluate("node => [node.scrollWidth, node.clientWidth]")
        assert box[0] <= box[1], label

    assert {where: said for where, said in complaints.items() if said} == {}
    assert problems == []


def test_everything_works_without_javascript(
    browser: Browser, site: str, panel: str, connection: Connection
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page: Any = context.new_page()
    _open(page, site, panel)

    # nothing ticked
    _bar(page, "Ignore").click()
    assert "Nothing is selected" in page.locator(".notice.bad").inner_text()

    # ignore, told what is missing, then done
    page.goto(panel)
    _tick(page, 2)
    _bar(page, "Ignore").click()
    assert page.locator("h1").inner_text() == "Ignore 2 errors"
    page.locator("button.primary").click()
    assert page.locator("#id_reason_error").is_visible()
    page.locator("#id_reason").fill("Known.")
    page.locator("button.primary").click()
    assert page.url == panel
    assert "2 errors are ignored." in page.locator("#messages").inner_text()

    # take up again
    page.get_by_role("link", name="Ignored", exact=True).click()
    _tick(page, 2)
    _bar(page, "Take up again").click()
    assert "2 errors are taken up again." in page.locator("#messages").inner_text()

    # assign
    page.goto(panel + "?sort=records")
    _tick(page, 1)
    _bar(page, "Assign").click()
    page.locator("#id_to").select_option(label="Operator (me)")
    page.locator("button.primary").click()
    assert page.url == panel + "?sort=records"
    assert page.locator(".person").count() == 1

    # filter, export, resync
    page.get_by_text("More filters").click()
    page.locator("#filter-assigned").select_option("me")
    page.get_by_role("button", name="Search").click()
    assert page.locator("#panel tbody tr").count() == 1
    _tick(page, 1)
    with page.expect_download() as waiting:
        _bar(page, "Export").click()
    assert "csrf" not in waiting.value.url
    _bar(page, "Resync").click()
    page.wait_for_load_state()
    assert ResyncBatch.objects.get().total == 1
    assert "assigned=me" in page.url
    context.close()
