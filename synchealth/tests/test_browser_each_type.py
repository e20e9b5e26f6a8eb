"""Each of the eight types from the first look to gone, in a real browser, filled by a real sync.

Read the columns, open the info, open a record in its CRM, set the cause right on the CRM's own page (reached by the
links of the dialog), select, Resync, gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.models import Membership, Role, User
from errors.models import ResyncBatch, SyncError
from errors.tasks import run_resync
from errors.types import ErrorType
from integrations.models import Connection
from simulators.testing import Simulators
from tests.browsing import log_in
from tests.people import PASSWORD

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass
class Walk:
    """One person at one error. `row` is the error's row in its panel."""

    page: Page
    site: str
    connection: Connection
    error: SyncError
    simulators: Simulators

    @property
    def panel(self) -> str:
        return f"{self.site}/connections/{self.connection.pk}/sync-health/{self.error.type}/"

    @property
    def row(self) -> Locator:
        return self.page.locator(f"#error-{self.error.pk}")

    def open_info(self) -> Locator:
        self.page.goto(self.panel)
        self.row.locator(".icon-button").first.click()
        dialog = self.page.locator("dialog[open]")
        expect(dialog.locator("ol.steps li").first).to_be_visible()
        return dialog

    def follow(self, link: Locator) -> Page:
        """The page of the CRM that a link opens in a tab of its own."""
        assert link.get_attribute("rel") == "noopener"
        with self.page.context.expect_page() as opened:
            link.click()
        tab = opened.value
        tab.wait_for_load_state()
        assert tab.url.startswith(self.simulators.base_url)
        assert tab.evaluate("performance.getEntriesByType('navigation')[0].responseStatus") == 200
        return tab

    def open_from_info(self, name: str) -> Page:
        return self.follow(self.open_info().get_by_role("link", name=name))


def make_admin(connection: Connection, theme: str = "light") -> None:
    user = User.objects.create_user("admin@example.com", PASSWORD, name="Ada", theme=theme)
    Membership.objects.create(user=user, connection=connection, role=Role.ADMIN)


def save(tab: Page, button: str = "Save") -> None:
    tab.get_by_role("button", name=button, exact=True).first.click()
    tab.wait_for_load_state()
    expect(tab.get_by_text("Saved.").first).to_be_visible()


def add_the_industry(walk: Walk) -> None:
    dialog = walk.open_info()
    dialog.get_by_role("link", name="The option is missing in HubSpot").click()
    expect(dialog.locator("#dialog-title")).to_have_text("The option is missing in HubSpot")
    tab = walk.follow(dialog.get_by_role("link", name="Property industry in HubSpot settings"))
    tab.locator("#add_label").fill("Renewables & Storage")
    tab.locator("#add_value").fill("RENEWABLES_STORAGE")
    save(tab, "Add option")


def rule_off(link: str, rule: str) -> Callable[[Walk], None]:
    def fix(walk: Walk) -> None:
        tab = walk.open_from_info(link)
        tab.get_by_role("link", name=rule).click()
        tab.get_by_label("Active").uncheck()
        save(tab)

    return fix


def partner_guard_off(walk: Walk) -> None:
    dialog = walk.open_info()
    text = dialog.locator("#support-text")
    assert "UNKNOWN_EXCEPTION" in text.input_value()
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.locator("[data-copy-said]")).to_have_text("Copied")
    tab = walk.page.context.new_page()
    tab.goto(f"{walk.simulators.salesforce_url}/lightning/setup/ObjectManager/Account/Details/view")
    tab.get_by_role("link", name="Partner guard").click()
    tab.get_by_label("Active").uncheck()
    save(tab)


def grant_the_field(walk: Walk) -> None:
    tab = walk.open_from_info("Field NPS_Score__c in Salesforce Setup")
    tab.get_by_label("The integration user may edit it").check()
    save(tab)


def add_the_value(walk: Walk) -> None:
    tab = walk.open_from_info("Field Buying_Role__c in Salesforce Setup")
    values = tab.locator("#options")
    values.fill(values.input_value().rstrip() + "\nChampion\n")
    save(tab)


def remove_the_mapping(walk: Walk) -> None:
    walk.open_info().get_by_role("link", name="Open the mapping").click()
    row = walk.page.locator("tr:target")
    expect(row).to_contain_text("Legacy_Score__c")
    row.get_by_role("button", name="Remove").click()
    expect(walk.page.get_by_text("legacy_score – Legacy_Score__c is not mapped any more.")).to_be_visible()  # fmt: skip


def shorten_the_title(walk: Walk) -> None:
    walk.page.goto(walk.panel)
    walk.row.get_by_role("link", name=re.compile(r"^\d+ records?$")).click()
    tab = walk.follow(walk.page.locator("a.external[href*='/record/0-1/']").first)
    tab.locator("#p-jobtitle").fill("Head of Laboratory")
    save(tab)


# type, cause, headings of its own, what the row tells, what the dialog tells, and how it is set right
STORIES = [
    (
        ErrorType.ASSOCIATIONS, "waiting-for-account", ["Record", "Affected records"],
        ["Fjordlys Energi AS", "The option is missing in HubSpot"], ["Blocking record", "AccountId"],
        add_the_industry,
    ),
    (
        ErrorType.CUSTOM_CODE, "validation-rule", ["Object", "Error details"],
        ["Opportunity", "Enter the amount before you close"], ["Validation rule"],
        rule_off("Validation rules of Opportunity in Salesforce Setup", "Won_Needs_Amount"),
    ),
    (
        ErrorType.DUPLICATES, "salesforce-duplicate-rule",
        ["HubSpot record", "Salesforce record", "Duplicated value"],
        ["Olivier Vasseur", "View record in HubSpot", "View record in Salesforce", "olivier.vasseur0@private.example"],
        ["Duplicated value"], rule_off("Duplicate rules in Salesforce Setup", "Same person, same phone"),
    ),
    (
        ErrorType.PERMISSIONS, "salesforce-field-permission",
        ["Object and field", "Missing right", "Integration user"],
        ["Contact.NPS_Score__c", "Edit access to the field", "integration@demo.example"], ["Missing right"],
        grant_the_field,
    ),
    (
        ErrorType.PICKLISTS, "option-missing-in-salesforce", ["HubSpot property", "Salesforce field", "Value"],
        ["buying_role", "Buying_Role__c", "Champion"], ["Only in HubSpot", "Refused"], add_the_value,
    ),
    (
        ErrorType.PROPERTY_MAPPINGS, "field-missing",
        ["HubSpot property", "Salesforce field", "Why it does not fit"],
        ["legacy_score", "Legacy_Score__c", "Contact has no field"], ["Type as last read"], remove_the_mapping,
    ),
    (
        ErrorType.PROPERTY_VALUES, "value-too-long", ["HubSpot property", "Value", "What the field demands"],
        ["jobtitle", "Head of Laboratory, Quality Assurance", "At most 128 characters"], ["139 characters"],
        shorten_the_title,
    ),
    (
        ErrorType.OTHER, "unknown", ["Error details"], ["portal users cannot own partner accounts"],
        ["The raw answer", "Text for support"], partner_guard_off,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "cause", "headings", "in_row", "in_dialog", "fix"),
    [pytest.param(*story, id=story[0].value) for story in STORIES],
)
def test_a_type_is_walked_from_the_first_look_to_gone(
    page: Page,
    site: str,
    synced: Connection,
    simulators: Simulators,
    kind: ErrorType,
    cause: str,
    headings: list[str],
    in_row: list[str],
    in_dialog: list[str],
    fix: Callable[[Walk], None],
) -> None:
    make_admin(synced)
    errors = SyncError.objects.filter(type=kind, code=cause).order_by("-open_records", "id")
    walk = Walk(page, site, synced, errors[0], simulators)
    log_in(page, site)

    # Read the panel.
    page.goto(f"{site}/connections/{synced.pk}/sync-health/")
    page.locator(f"#card-{kind.value}").click()
    expect(walk.row).to_be_visible()
    shown = [text.strip() for text in page.locator(".error-table thead th").all_inner_texts()]
    assert [one for one in headings if one not in shown] == []
    for part in in_row:
        expect(walk.row).to_contain_text(part)

    # Open the info.
    dialog = walk.open_info()
    for part in in_dialog:
        expect(dialog).to_contain_text(part)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)

    # Open an affected record in its CRM.
    walk.row.get_by_role("link", name=re.compile(r"^\d+ records?$")).click()
    walk.follow(page.locator("tbody a.external").first)

    fix(walk)

    # Resync, and gone.
    page.goto(walk.panel)
    walk.row.locator("input[type=checkbox]").check()
    page.get_by_role("button", name="Resync", exact=True).click()
    expect(page.locator("#batch-strip")).to_be_visible()
    run_resync(ResyncBatch.objects.get().pk)
    page.goto(walk.panel)
    expect(page.locator("#batch-strip")).to_contain_text("1 resolved")
    expect(walk.row).to_have_count(0)


def test_pages_of_all_causes_are_accessible_and_fit_a_phone(
    page: Page, site: str, synced: Connection
) -> None:
    make_admin(synced, theme="dark")
    log_in(page, site)
    complaints: dict[str, list[str]] = {}
    for error in SyncError.objects.order_by("type", "code"):
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(f"{site}/connections/{synced.pk}/errors/{error.pk}/about/")
        for folded in page.locator("details.folded > summary").all():
            folded.click()
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        complaints[error.code] = [
            f"{violation['id']}: {node['html'][:160]}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, error.code

    assert {code: said for code, said in complaints.items() if said} == {}


def test_a_text_for_support_can_be_read_without_javascript(
    browser: Browser, site: str, synced: Connection
) -> None:
    make_admin(synced)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, site)
    page.goto(f"{site}/connections/{synced.pk}/sync-health/other/")
    page.locator("tbody .icon-button").first.click()

    assert "UNKNOWN_EXCEPTION" in page.locator("#support-text").input_value()
    assert not page.get_by_role("button", name="Copy").is_visible()
    assert page.locator("h1").count() == 1
    context.close()
