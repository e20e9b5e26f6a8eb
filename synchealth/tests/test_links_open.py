"""Every link into the two systems that a page of ours shows opens something there."""

from __future__ import annotations

import re
from html import unescape

import pytest
import requests
from django.test import Client

from accounts.models import Membership, Role, User
from errors import catalogue
from errors.models import SyncError
from errors.presenting.links import setup_links
from errors.types import ErrorType
from integrations.models import Connection, Credential
from simulators.testing import Simulators

pytestmark = pytest.mark.django_db(transaction=True)

_EXTERNAL = re.compile(r'<a class="external[^"]*" href="([^"]+)" target="_blank" rel="noopener">')


@pytest.fixture
def client_of_admin(synced: Connection, client: Client) -> Client:
    user = User.objects.create_user("admin@example.com", "x", name="Ada")
    Membership.objects.create(user=user, connection=synced, role=Role.ADMIN)
    client.force_login(user)
    return client


def test_links_of_panels_and_dialogs_open_after_a_real_sync(
    synced: Connection, simulators: Simulators, client_of_admin: Client
) -> None:
    at = f"/connections/{synced.pk}"
    pages = [f"{at}/sync-health/{kind}/" for kind in ErrorType.values]
    pages += [f"{at}/errors/{error.pk}/about/" for error in SyncError.objects.all()]
    found: dict[str, str] = {}
    for page in pages:
        answer = client_of_admin.get(page)
        assert answer.status_code == 200, page
        found |= {unescape(url): page for url in _EXTERNAL.findall(answer.content.decode())}

    assert len(found) > 30
    assert {url for url in found if not url.startswith(simulators.base_url)} == set()
    broken = {url: page for url, page in found.items() if not _opens(url)}
    assert broken == {}


def _opens(url: str) -> bool:
    return requests.get(url, timeout=10).status_code == 200


@pytest.mark.parametrize("kind", list(ErrorType), ids=lambda kind: kind.value)
def test_every_cause_leads_to_pages_that_exist(
    synced: Connection, simulators: Simulators, kind: ErrorType
) -> None:
    urls = set()
    for cause in catalogue.causes_of(kind.value):
        for direction in ("to_salesforce", "to_hubspot"):
            for automation in ({}, {"kind": "class", "package": "npsp"}, {"kind": "trigger"}):
                error = SyncError(
                    type=kind.value, code=cause.slug, direction=direction,
                    hubspot_object="contacts", salesforce_object="Contact",
                    details={
                        "hubspot_property": "jobtitle", "salesforce_field": "Title", "automation": automation,
                    },
                )  # fmt: skip
                for key_kind in Credential.Kind.values:
                    urls |= {
                        link.url
                        for link in setup_links(error, connection=synced, key_kind=key_kind)
                    }

    assert {url for url in urls if not _opens(url)} == set()


@pytest.mark.parametrize(
    ("kind", "cause", "wanted"),
    [
        (ErrorType.CUSTOM_CODE, "validation-rule", "/ObjectManager/Opportunity/ValidationRules/view"),
        (ErrorType.CUSTOM_CODE, "flow", "/lightning/setup/Flows/home"),
        (
            ErrorType.PERMISSIONS,
            "salesforce-field-permission",
            "/ObjectManager/Contact/FieldsAndRelationships/NPS_Score__c/view",
        ),
        (ErrorType.PICKLISTS, "option-missing-in-salesforce", "properties?type=0-1&action=edit&property=buying_role"),
        (ErrorType.PROPERTY_VALUES, "value-too-long", "/ObjectManager/Contact/FieldsAndRelationships/Title/view"),
        (ErrorType.DUPLICATES, "salesforce-duplicate-rule", "/lightning/setup/DuplicateRules/home"),
    ],
)  # fmt: skip
def test_the_likeliest_place_is_among_the_links(
    synced: Connection, kind: ErrorType, cause: str, wanted: str
) -> None:
    error = SyncError.objects.filter(type=kind, code=cause).first()
    assert error is not None

    urls = [link.url for link in setup_links(error, connection=synced)]

    assert any(url.endswith(wanted) for url in urls), urls


def test_the_integration_users_own_page_is_shown(synced: Connection) -> None:
    error = SyncError.objects.get(type=ErrorType.PERMISSIONS)

    [url] = [
        link.url for link in setup_links(error, connection=synced) if "ManageUsers" in link.url
    ]

    assert synced.sf_username in requests.get(url, timeout=10).text
