from __future__ import annotations

from typing import Any

import pytest

from simulators.salesforce import defaults
from simulators.tests.salesforce.conftest import SimulatedOrg, row

CLOSED = (
    "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is"
    " read/write for your profile or permission set."
)
MISFIT = (
    "Cannot deserialize instance of {} from {} value {} or request may be missing a required field at"
    " [line:1, column:2]"
)
# object, values, code, message, fields: texts as the real API gives them (recorded or documented)
TEXTS: list[tuple[str, dict[str, Any], str, str, list[str]]] = [
    ("Contact", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ["LastName"]),
    ("Account", {"Name": None}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
    ("Opportunity", {"Name": "x"}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [StageName, CloseDate]", ["StageName", "CloseDate"]),
    ("Contact", {"LastName": "x", "FirstName": "y" * 41}, "STRING_TOO_LONG", f"First Name: data value too large: {'y' * 41} (max length=40)", ["FirstName"]),
    ("Contact", {"LastName": "x", "Email": "badone"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: badone", ["Email"]),
    ("Contact", {"LastName": "x", "CleanStatus": "Nice"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Clean Status: bad value for restricted picklist field: Nice", ["CleanStatus"]),
    ("Account", {"Name": "x", "NumberOfEmployees": 123456789}, "NUMBER_OUTSIDE_VALID_RANGE", "Employees: value outside of valid range on numeric field: 123456789", ["NumberOfEmployees"]),
    ("Contact", {"LastName": "x", "Foo__c": 1}, "INVALID_FIELD", "No such column 'Foo__c' on sobject of type Contact", []),
    ("Contact", {"LastName": "x", "Name": "y"}, "INVALID_FIELD_FOR_INSERT_UPDATE", CLOSED.format("Name"), ["Name"]),
    ("Contact", {"LastName": "x", "CreatedDate": None, "IsDeleted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", CLOSED.format("CreatedDate, IsDeleted"), ["CreatedDate", "IsDeleted"]),
    ("Contact", {"LastName": "x", "AccountId": "Acme"}, "MALFORMED_ID", "Account ID: id value of incorrect type: Acme", ["AccountId"]),
    ("Contact", {"LastName": "x", "AccountId": "0034S000005YJVlQAO"}, "FIELD_INTEGRITY_EXCEPTION", "Account ID: id value of incorrect type: 0034S000005YJVlQAO", ["AccountId"]),
    ("Contact", {"LastName": "x", "AccountId": "0014S000007NxmlQAC"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", []),
    ("Contact", {"LastName": "x", "OwnerId": None}, "INVALID_CROSS_REFERENCE_KEY", "Owner ID: owner cannot be blank", ["OwnerId"]),
    ("Contact", {"LastName": "x", "Birthdate": "soon"}, "JSON_PARSER_ERROR", MISFIT.format("date", "VALUE_STRING", "soon"), []),
    ("Contact", {"LastName": 5}, "JSON_PARSER_ERROR", MISFIT.format("string", "VALUE_NUMBER_INT", 5), []),
    ("Account", {"Name": "x", "AnnualRevenue": "much"}, "JSON_PARSER_ERROR", MISFIT.format("currency", "VALUE_STRING", "much"), []),
    ("Contact", {"LastName": "x", "HasOptedOut": 1}, "INVALID_FIELD", "No such column 'HasOptedOut' on sobject of type Contact", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values", "code", "message", "fields"), TEXTS)
def test_refusal_has_salesforces_code_text_and_fields(
    org: SimulatedOrg, name: str, values: dict[str, Any], code: str, message: str, fields: list[str]
) -> None:
    assert org.refusal("POST", f"sobjects/{name}", values) == (400, code, message, fields)


def test_row_of_a_collection_is_refused_with_status_code_and_without_id(org: SimulatedOrg) -> None:
    record = org.create("Account", Name="Acme")
    rows = [row("Account", id=record, Name="Test"), row("Account", id=record, Fax="9" * 41)]
    good, bad = org.call("PATCH", "composite/sobjects", {"records": rows}).json()
    assert good == {"id": record, "success": True, "errors": []}
    assert set(bad) == {"success", "errors"}
    assert bad["errors"][0]["statusCode"] == "STRING_TOO_LONG"


def test_one_value_of_the_wrong_json_type_refuses_the_whole_collection(org: SimulatedOrg) -> None:
    rows = [row("Account", Name="Good"), row("Account", Name={"a": 1})]
    status, code, message, _ = org.refusal("POST", "composite/sobjects", {"records": rows})
    assert (status, code) == (400, "JSON_PARSER_ERROR")
    assert message.startswith("Cannot deserialize instance of string from START_OBJECT value {")
    assert org.query("SELECT COUNT() FROM Account")["totalSize"] == 0


def test_deleted_records_and_records_that_never_were(org: SimulatedOrg) -> None:
    account = org.create("Account", Name="Acme")
    contact = org.create("Contact", LastName="x", AccountId=account)
    assert org.call("DELETE", f"sobjects/Account/{account}").status_code == 204
    missing = (404, "NOT_FOUND", "The requested resource does not exist")
    deleted = (404, "ENTITY_IS_DELETED", "entity is deleted")
    assert org.refusal("GET", f"sobjects/Account/{account}")[:3] == missing
    assert org.refusal("PATCH", f"sobjects/Account/{account}", {"Name": "y"})[:3] == deleted
    assert org.refusal("PATCH", f"sobjects/Contact/{contact}", {"Title": "y"})[:3] == deleted
    assert (
        org.refusal("POST", "sobjects/Contact", {"LastName": "y", "AccountId": account})[1]
        == "ENTITY_IS_DELETED"
    )
    assert (
        org.refusal("PATCH", "sobjects/Contact/0034S000005YJVlQAO", {"Title": "y"})[:3] == missing
    )


def test_locks_converted_leads_and_inactive_owners(org: SimulatedOrg) -> None:
    contact = org.create("Contact", LastName="x")
    org.control("POST", "locks", {"record": contact, "kind": "row", "times": 1})
    path = f"sobjects/Contact/{contact}"
    status, code, message, _ = org.refusal("PATCH", path, {"Title": "y"})
    assert (status, code) == (400, "UNABLE_TO_LOCK_ROW")
    assert message == f"unable to obtain exclusive access to this record or 1 records: {contact}"
    assert org.call("PATCH", path, {"Title": "y"}).status_code == 204
    org.control("POST", "locks", {"record": contact})
    assert org.refusal("PATCH", path, {"Title": "z"})[1] == "ENTITY_IS_LOCKED"

    lead = org.create("Lead", LastName="x", Company="y")
    org.control("POST", f"leads/{lead}/convert")
    assert org.refusal("PATCH", f"sobjects/Lead/{lead}", {"Title": "y"})[1:3] == (
        "CANNOT_UPDATE_CONVERTED_LEAD",
        "cannot reference converted lead",
    )
    gone = next(one["id"] for one in org.control("GET", "metadata")["users"] if not one["active"])
    assert (
        org.refusal("POST", "sobjects/Account", {"Name": "x", "OwnerId": gone})[1]
        == "INACTIVE_OWNER_OR_USER"
    )


def test_field_level_security_shows_in_describe_and_holds_only_the_integration_user(
    org: SimulatedOrg,
) -> None:
    def department() -> dict[str, Any] | None:
        fields = org.call("GET", "sobjects/Contact/describe").json()["fields"]
        return next((one for one in fields if one["name"] == "Department"), None)

    org.control("PATCH", "objects/Contact/fields/Department", {"editable": False})
    found = department()
    assert found is not None
    assert (found["createable"], found["updateable"], found["permissionable"]) == (
        False,
        False,
        True,
    )
    values = {"LastName": "x", "Department": "y"}
    assert org.refusal("POST", "sobjects/Contact", values)[2] == CLOSED.format("Department")
    org.control("PATCH", "objects/Contact/fields/Department", {"readable": False})
    assert department() is None
    assert org.refusal("POST", "sobjects/Contact", values)[1] == "INVALID_FIELD"
    org.control("PATCH", f"users/{defaults.INTEGRATION_USER}", {"profile": "Administrator"})
    assert org.call("POST", "sobjects/Contact", values).status_code == 201


def test_object_rights_of_the_integration_user(org: SimulatedOrg) -> None:
    contact = org.create("Contact", LastName="x")
    org.control("PATCH", "objects/Contact", {"rights": {"edit": False, "create": False}})
    assert org.refusal("PATCH", f"sobjects/Contact/{contact}", {"Title": "y"})[:2] == (
        403,
        "INSUFFICIENT_ACCESS_OR_READONLY",
    )
    assert (
        org.refusal("POST", "sobjects/Contact", {"LastName": "y"})[1]
        == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    )
    org.control("PATCH", "objects/Contact", {"rights": {"read": False}})
    assert org.refusal("GET", "sobjects/Contact/describe")[0] == 404
