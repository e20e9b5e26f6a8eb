"""What the browser tests share: logging in, and what axe has to say of a page."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.people import PASSWORD

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def log_in(page: Page, site: str, who: str = "admin") -> None:
    """Logs one of `tests.people` in through the form, in whatever language it is."""
    page.goto(f"{site}/login/")
    page.locator("[name=username], [name=email]").first.fill(f"{who}@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator(".login-card button").click()
    page.wait_for_load_state()


def axe_complaints(page: Page) -> list[str]:
    """Each node of the page that breaks a rule of WCAG 2.2 AA, with the rule and what would mend it."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
    ]
