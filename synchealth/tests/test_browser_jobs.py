"""Work on more than 100 errors, in a real browser: by keyboard, on a phone, without scripts, for everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from common import clock
from errors.models import BulkJob, ResyncBatch
from integrations.models import Connection
from integrations.testing import make_connection
from tests.browsing import axe_complaints, log_in
from tests.people import make_people, record_every_type, record_values

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def connection(site: str, transactional_db: None) -> Connection:
    made = make_connection(name="Northwind", allotment=1000)
    record_every_type(made)
    record_values(made, 130)
    make_people(made)
    return made


def panel_of(connection: Connection, site: str) -> str:
    return f"{site}/connections/{connection.pk}/sync-health/property-values/"


def press_on(page: Page, selector: str, key: str = "Enter") -> None:
    page.locator(selector).focus()
    page.keyboard.press(key)


def make_job(connection: Connection, **values: object) -> BulkJob:
    job = BulkJob.objects.create(
        **{
            "connection": connection,
            "kind": "resync",
            "idempotency_key": "k",
            "request": {"filters": {"type": "property-values"}, "last_id": 1},
            "total": 250,
            "state": "running",
            **values,
        }
    )
    ResyncBatch.objects.create(
        connection=connection,
        job=job,
        idempotency_key="b",
        selection_digest="d",
        total=100,
        done=100,
        state="finished",
        api_calls=1,
    )
    return job


def page_of(job: BulkJob, site: str) -> str:
    return f"{site}/connections/{job.connection_id}/jobs/{job.public_id}/"


def test_from_the_panel_to_the_end_by_keyboard(
    page: Page, site: str, connection: Connection
) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    log_in(page, site, "operator")
    page.goto(panel_of(connection, site))

    press_on(page, ".past-100 > summary")
    press_on(page, ".past-100 a >> nth=0")
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("heading", name="Resync all matching")).to_be_focused()
    expect(dialog).to_contain_text("Up to 2")
    dialog.get_by_role("button", name="Resync 131 errors").press("Enter")

    page.wait_for_url("**/jobs/*/")
    job = BulkJob.objects.get()
    assert (job.state, job.total) == ("queued", 131)
    expect(page.locator("h1")).to_have_text("Resync all matching")
    expect(page.locator("#progress-title")).to_contain_text("0 of 131 errors")

    # What a worker would store; the page finds out by itself.
    BulkJob.objects.update(state="running", done=70, api_calls=1)
    expect(page.locator("#progress-title")).to_contain_text("70 of 131 errors")
    expect(page.locator("#job-said")).to_have_text("Resync all matching is half done.")

    page.locator("#job-pause").press("Enter")
    expect(page.locator("#progress-title")).to_contain_text("Paused")
    expect(page.locator("#job")).not_to_have_attribute("hx-trigger", "load delay:1s")
    page.locator("#job-resume").press("Enter")
    expect(page.locator("#progress-title")).to_contain_text("Queued")

    # Closed and opened again, it is where it was.
    page.goto(f"{site}/connections/{connection.pk}/jobs/")
    page.get_by_role("link", name="Resync all matching").click()
    expect(page.locator("#progress-title")).to_contain_text("70 of 131 errors")

    BulkJob.objects.update(state="finished", done=131, finished_at=clock.now())
    expect(page.locator("#progress-title")).to_contain_text("Finished")
    expect(page.locator("#job-said")).to_contain_text("131 done, 0 failed")
    expect(page.locator("#job-cancel")).to_have_count(0)
    assert page.locator("#job").get_attribute("hx-get") is None
    assert problems == []


def test_focus_stays_on_the_button_while_the_page_asks_again(
    page: Page, site: str, connection: Connection
) -> None:
    job = make_job(connection)
    log_in(page, site, "operator")
    page.goto(page_of(job, site))
    page.locator("#job-pause").focus()

    BulkJob.objects.update(done=110)

    expect(page.locator("#progress-title")).to_contain_text("110 of 250 errors")
    expect(page.locator("#job-pause")).to_be_focused()


def test_cancelling_ends_it(page: Page, site: str, connection: Connection) -> None:
    job = make_job(connection)
    log_in(page, site, "operator")
    page.goto(page_of(job, site))

    page.locator("#job-cancel").press("Enter")

    expect(page.locator("#progress-title")).to_contain_text("Cancelled")
    expect(page.get_by_text("What has been done stays done")).to_be_visible()
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_what_is_over_meanwhile_is_told_in_place(
    page: Page, site: str, connection: Connection
) -> None:
    job = make_job(connection, created_at=clock.now() - timedelta(minutes=1))
    log_in(page, site, "operator")
    page.goto(page_of(job, site))
    BulkJob.objects.update(state="finished")

    page.locator("#job-pause").press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("this work is “Finished”")


@pytest.fixture
def without_scripts(browser: Browser, site: str) -> Callable[[], Page]:
    def open_page() -> Page:
        context = browser.new_context(java_script_enabled=False)
        return context.new_page()

    return open_page


def test_everything_works_without_scripts(
    without_scripts: Callable[[], Page], site: str, connection: Connection
) -> None:
    page = without_scripts()
    log_in(page, site, "operator")
    page.goto(panel_of(connection, site))
    page.locator(".past-100 > summary").click()
    page.locator(".past-100 a").first.click()
    assert page.locator("h1").inner_text() == "Resync all matching"
    page.get_by_role("button", name="Resync 131 errors").click()

    assert "0 of 131 errors" in page.locator("#progress-title").inner_text()
    assert page.get_by_role("link", name="Refresh").is_visible()
    assert page.locator("noscript").count() or "refresh" in page.content()
    BulkJob.objects.update(state="running", done=30)
    page.get_by_role("link", name="Refresh").click()
    assert "30 of 131 errors" in page.locator("#progress-title").inner_text()
    for button, state in [("Pause", "Paused"), ("Resume", "Queued"), ("Cancel", "Cancelled")]:
        page.get_by_role("button", name=button).click()
        assert state in page.locator("#progress-title").inner_text()
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390, 320])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit(
    page: Page, site: str, connection: Connection, theme: str, width: int
) -> None:
    User.objects.update(theme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    held = make_job(
        connection,
        hold_reason="pacing",
        not_before=clock.now() + timedelta(hours=3),
        state="queued",
        detail="UNABLE_TO_LOCK_ROW: " + "unable to obtain exclusive access to this record " * 5,
        done=100,
    )
    log_in(page, site, "operator")
    at = f"{site}/connections/{connection.pk}"
    complaints = {}
    for address in (
        page_of(held, site),
        f"{at}/jobs/",
        f"{at}/resync/all/?type=property-values",
        f"{at}/resync/all/?search=nowhere",
    ):
        page.goto(address)
        complaints[address] = axe_complaints(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    page.goto(panel_of(connection, site))
    page.locator(".past-100 > summary").click()
    box = page.locator(".past-100 > .menu-list").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] >= 0
    complaints["menu"] = axe_complaints(page)
    page.locator(".past-100 a").first.click()
    expect(page.locator("#dialog")).to_be_visible()
    complaints["dialog"] = axe_complaints(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    assert {where: said for where, said in complaints.items() if said} == {}
