"""The product in a real browser: what no request of a test client can tell."""

from __future__ import annotations

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request

pytestmark = pytest.mark.browser


def test_the_first_page_loads_nothing_from_elsewhere_and_breaks_no_policy(
    page: Page, site: str
) -> None:
    problems: list[str] = []
    asked: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(message.text)

    def ask(request: Request) -> None:
        asked.append(request.url)

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", ask)
    answer = page.goto(site)
    assert answer is not None
    assert answer.ok, f"{answer.url} answered {answer.status}"
    assert page.locator("h1").count() == 1
    assert problems == []
    assert [url for url in asked if not url.startswith((site, "data:"))] == []
