"""What a fresh HubSpot account holds: its identity, credentials, owners, types, pipelines, association types.

Credentials here are no secrets: they open nothing but a simulator on one's own machine.
"""

from __future__ import annotations

from typing import Any

PORTAL_ID = 146012345
HUB_DOMAIN = "simulator.hubspot.example"
UI_DOMAIN = "app-eu1.hubspot.com"

PORTAL: dict[str, Any] = {
    "portalId": PORTAL_ID,
    "accountType": "STANDARD",
    "timeZone": "Europe/Warsaw",
    "companyCurrency": "EUR",
    "additionalCurrencies": ["PLN", "USD", "GBP"],
    "utcOffset": "+01:00",
    "utcOffsetMilliseconds": 3_600_000,
    # None: the address under which the simulator itself was asked, so that links reach its record pages.
    "uiDomain": None,
    "dataHostingLocation": "eu1",
}
# Ten-second and secondly windows per token, the daily one for the account. 0 switches one off.
LIMITS: dict[str, int] = {
    "ten_secondly": 190,
    "ten_secondly_oauth": 110,
    "search_secondly": 5,
    "daily": 650_000,
}
# unique_company_domain: refuse a second company of one domain. HubSpot's API allows it unless the admin asks.
SETTINGS: dict[str, Any] = {"unique_company_domain": False}

SERVICE_KEY = "hs-service-key-simulator-0001"
PRIVATE_APP_TOKEN = "pat-eu1-00000000-0000-4000-8000-000000000001"
READ_ONLY_TOKEN = "pat-eu1-00000000-0000-4000-8000-000000000002"
OAUTH_CLIENT_ID = "00000000-0000-4000-8000-00000000c11e"
OAUTH_CLIENT_SECRET = "00000000-0000-4000-8000-00000005ec2e"
OAUTH_APP_ID = 3_100_001
# Redirects to this machine are let through besides (HubSpot allows plain http only for localhost).
OAUTH_REDIRECTS = ["http://localhost:8000/", "http://127.0.0.1:8000/"]
LOGIN_EMAIL = "admin@demo.example"
LOGIN_PASSWORD = "simulator"

_OBJECTS = ("contacts", "companies", "deals", "custom", "owners")
ALL_SCOPES = [
    "oauth",
    *(
        f"crm.objects.{name}.{right}"
        for name in _OBJECTS
        for right in ("read", "write")
        if name != "owners"
    ),
    "crm.objects.owners.read",
    *(f"crm.schemas.{name}.{right}" for name in _OBJECTS[:4] for right in ("read", "write")),
    "crm.lists.read",
    "crm.lists.write",
]
READ_SCOPES = [scope for scope in ALL_SCOPES if not scope.endswith(".write")]

# id, user id, e-mail, first name, last name, archived
OWNERS: list[tuple[int, int, str, str, str, int]] = [
    (76000001, 9000001, "anna.nowak@demo.example", "Anna", "Nowak", 0),
    (76000002, 9000002, "piotr.zielinski@demo.example", "Piotr", "Zieliński", 0),
    (76000003, 9000003, "claire.dubois@demo.example", "Claire", "Dubois", 0),
    (76000004, 9000004, "james.carter@demo.example", "James", "Carter", 0),
    (76000005, 9000005, "lena.hoffmann@demo.example", "Lena", "Hoffmann", 1),
]

# id, singular name, plural name, labels, name in messages, primary display, searchable
OBJECT_TYPES: list[tuple[str, str, str, tuple[str, str], str, str, list[str]]] = [
    ("0-1", "contact", "contacts", ("Contact", "Contacts"), "CONTACT", "email",
     ["firstname", "lastname", "email", "phone", "hs_additional_emails", "company"]),
    ("0-2", "company", "companies", ("Company", "Companies"), "COMPANY", "name",
     ["name", "domain", "website", "phone"]),
    ("0-3", "deal", "deals", ("Deal", "Deals"), "DEAL", "dealname",
     ["dealname", "description", "dealtype"]),
]  # fmt: skip

# from, to, type id, name, label, inverse id, is the default (unlabelled)
ASSOCIATION_TYPES: list[tuple[str, str, int, str, str | None, int, int]] = [
    ("0-1", "0-2", 279, "contact_to_company_unlabeled", None, 280, 1),
    ("0-2", "0-1", 280, "company_to_contact_unlabeled", None, 279, 1),
    ("0-1", "0-2", 1, "contact_to_company", "Primary", 2, 0),
    ("0-2", "0-1", 2, "company_to_contact", "Primary", 1, 0),
    ("0-3", "0-2", 341, "deal_to_company_unlabeled", None, 342, 1),
    ("0-2", "0-3", 342, "company_to_deal_unlabeled", None, 341, 1),
    ("0-3", "0-2", 5, "deal_to_company", "Primary", 6, 0),
    ("0-2", "0-3", 6, "company_to_deal", "Primary", 5, 0),
    ("0-3", "0-1", 3, "deal_to_contact", None, 4, 1),
    ("0-1", "0-3", 4, "contact_to_deal", None, 3, 1),
    ("0-1", "0-1", 449, "contact_to_contact", None, 449, 1),
    ("0-2", "0-2", 450, "company_to_company", None, 450, 1),
    ("0-2", "0-2", 13, "parent_to_child_company", "Child Company", 14, 0),
    ("0-2", "0-2", 14, "child_to_parent_company", "Parent Company", 13, 0),
    ("0-3", "0-3", 451, "deal_to_deal", None, 451, 1),
]
# Type ids of which a record has at most one: the primary company of a contact or a deal.
PRIMARY_TYPES = {("0-1", "0-2"): 1, ("0-3", "0-2"): 5}

# id, label, probability, closed
_STAGES = [
    ("appointmentscheduled", "Appointment Scheduled", "0.2", "false"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4", "false"),
    ("presentationscheduled", "Presentation Scheduled", "0.6", "false"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8", "false"),
    ("contractsent", "Contract Sent", "0.9", "false"),
    ("closedwon", "Closed Won", "1.0", "true"),
    ("closedlost", "Closed Lost", "0.0", "true"),
]


def deal_pipeline(created: str) -> dict[str, Any]:
    """The sales pipeline every account starts with."""
    dates = {"createdAt": created, "updatedAt": created, "archived": False}
    stages = [
        {
            "label": label,
            "displayOrder": order,
            "metadata": {"isClosed": closed, "probability": probability},
            "id": stage,
            **dates,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        }
        for order, (stage, label, probability, closed) in enumerate(_STAGES)
    ]
    return {
        "label": "Sales Pipeline",
        "displayOrder": 0,
        "id": "default",
        "stages": stages,
        **dates,
    }
