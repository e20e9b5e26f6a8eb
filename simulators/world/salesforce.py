"""Puts the world into the Salesforce org: fields first, then records, and last the rules that will refuse some."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from simulators.salesforce.admin_rules import save_rule
from simulators.salesforce.defaults import ADMIN_USER
from simulators.salesforce.org import Org
from simulators.salesforce.schema import Field, Option
from simulators.salesforce.seeding import insert_many
from simulators.world import names
from simulators.world.build import World

WAITING_INDUSTRY = "Renewables & Storage"  # in Salesforce only


def load(org: Org, world: World) -> None:
    """Fills a fresh org. Records come in before the rules, as they did in life."""
    _fields(org)
    side = world.salesforce
    made = _insert(org, "Account", [_account(row) for row in side.companies.values()])
    accounts = dict(zip(side.companies, made, strict=True))

    def account_of(key: str) -> str:
        return accounts.get(world.company_of.get(key, ""), "")

    for name, rows, values in (
        ("Contact", side.contacts, _contact),
        ("Opportunity", side.deals, _opportunity),
    ):
        _insert(
            org, name, [{**values(row), "AccountId": account_of(key)} for key, row in rows.items()]
        )
    _rules(org)


def _insert(org: Org, name: str, rows: list[dict[str, Any]]) -> list[str]:
    filled = [
        {field: value for field, value in row.items() if value not in ("", None)} for row in rows
    ]
    return insert_many(org=org, object=name, rows=filled, user=ADMIN_USER)


def _custom(name: str, kind: str, label: str, **more: Any) -> Field:
    return Field(name=name, type=kind, label=label, custom=True, **more)


def _fields(org: Org) -> None:
    roles = tuple(
        Option(label, label) for label in ("Decision Maker", "Budget Holder", "Influencer")
    )
    for object_name, field in (
        (
            "Contact",
            _custom(
                "Buying_Role__c",
                "picklist",
                "Buying Role",
                length=255,
                restricted=True,
                options=roles,
            ),
        ),
        # Field-level security: the integration user sees the score and may not edit it.
        ("Contact", _custom("NPS_Score__c", "double", "NPS Score", precision=3, editable=False)),
        ("Contact", _custom("Billing_Email__c", "email", "Billing Email", length=80)),
        (
            "Account",
            _custom(
                "Customer_Number__c",
                "string",
                "Customer Number",
                length=20,
                unique=True,
                external_id=True,
            ),
        ),
        (
            "Account",
            _custom(
                "Account_Manager__c",
                "reference",
                "Account Manager",
                length=18,
                reference_to=("User",),
                relationship="Account_Manager__r",
            ),
        ),
        ("Opportunity", _custom("Discount__c", "percent", "Discount", precision=5, scale=2)),
    ):
        org.save_field(object_name, field)
    account = org.object("Account")
    if account is None:
        raise LookupError("Account")
    industry = account.fields["Industry"]
    known = {option.value for option in industry.options}
    labels = [label for _, _, label in names.COMPANY_FIELDS] + [WAITING_INDUSTRY]
    more = tuple(Option(label, label) for label in labels if label not in known)
    org.save_field("Account", replace(industry, options=(*industry.options, *more)))


def _rules(org: Org) -> None:
    saves = ["create", "update"]
    save_rule(
        org=org,
        object="Contact",
        kind="duplicate",
        name="Same person, same phone",
        active=True,
        fields=["LastName", "Phone"],
        on=["create"],
        action="block",
    )
    save_rule(
        org=org,
        object="Opportunity",
        kind="validation",
        name="Won_Needs_Amount",
        active=True,
        formula='AND(ISPICKVAL(StageName, "Closed Won"), ISBLANK(Amount))',
        message="Enter the amount before you close an opportunity as won.",
        field="Amount",
    )
    save_rule(
        org=org,
        object="Account",
        kind="automation",
        form="flow",
        name="Credit Check Routing",
        active=True,
        event="before",
        on=saves,
        formula="AnnualRevenue > 1000000000",
        code="",
        message="No credit analyst is assigned to revenues of this size.",
        fields=[],
    )
    save_rule(
        org=org,
        object="Account",
        kind="automation",
        form="error",
        name="Partner guard",
        active=True,
        event="before",
        on=saves,
        formula='ISPICKVAL(Type, "Partner")',
        code="UNKNOWN_EXCEPTION",
        message="portal users cannot own partner accounts",
        fields=[],
    )


def _account(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "Name": row["name"],
        "Website": f"https://www.{row['domain']}",
        "BillingCity": row["city"],
        "BillingCountry": row["country"],
        "Phone": row["phone"],
        "NumberOfEmployees": row["employees"],
        "AnnualRevenue": row["revenue"],
        "Description": row["description"],
        "Industry": row["industry"],
        "Customer_Number__c": row["customer_number"],
    }


def _contact(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "FirstName": row["first"],
        "LastName": row["last"],
        "Email": row["email"],
        "Title": row["title"],
        "Phone": row["phone"],
        "MailingCity": row["city"],
        "MailingCountry": row["country"],
        "Buying_Role__c": _role(row["buying_role"]),
    }


def _role(value: str) -> str:
    label = value.replace("_", " ").title()
    return label if label in {"Decision Maker", "Budget Holder", "Influencer"} else ""


def _opportunity(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "Name": row["name"][:120],
        "Amount": row["amount"],
        "CloseDate": row["close_date"].isoformat(),
        "StageName": row["sf_stage"],
        "Discount__c": row["discount"],
    }
