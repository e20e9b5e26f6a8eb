from __future__ import annotations

from typing import Any

from simulators.tests.salesforce.conftest import SimulatedOrg, row

ROLLED_BACK = {
    "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "message": "Record rolled back because not all records were valid and the request was using AllOrNone header",
    "fields": [],
}


def test_unknown_field_fails_its_row_only(org: SimulatedOrg) -> None:
    rows = [row("Account", Name="a"), row("Account", Name="b", Foo=1), row("Contact", LastName="c")]
    found = org.call("POST", "composite/sobjects", {"records": rows}).json()
    assert [one["success"] for one in found] == [True, False, True]
    assert found[1]["errors"] == [
        {
            "statusCode": "INVALID_FIELD",
            "message": "No such column 'Foo' on sobject of type Account",
            "fields": [],
        }
    ]


def test_all_or_none_writes_nothing_and_says_so_in_every_good_row(org: SimulatedOrg) -> None:
    rows = [row("Account", Name="a"), row("Account")]
    found = org.call("POST", "composite/sobjects", {"records": rows, "allOrNone": True}).json()
    assert found[0] == {"success": False, "errors": [ROLLED_BACK]}
    assert found[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert org.query("SELECT COUNT() FROM Account")["totalSize"] == 0


def test_more_than_200_rows_and_more_than_10_runs_of_types_are_refused_whole(
    org: SimulatedOrg,
) -> None:
    rows = [row("Account", Name="a")] * 201
    assert org.refusal("POST", "composite/sobjects", {"records": rows})[:2] == (
        400,
        "EXCEEDED_ID_LIMIT",
    )
    mixed = [row("Account", Name="a"), row("Contact", LastName="b")] * 6
    assert org.refusal("POST", "composite/sobjects", {"records": mixed})[:2] == (
        400,
        "LIMIT_EXCEEDED",
    )
    by_type = sorted(mixed, key=lambda one: str(one["attributes"]))
    assert all(
        one["success"]
        for one in org.call("POST", "composite/sobjects", {"records": by_type}).json()
    )


def test_update_read_and_delete(org: SimulatedOrg) -> None:
    first, second = org.create("Contact", LastName="a"), org.create("Contact", LastName="b")
    rows = [row("Contact", id=first[:15], Title="t"), row("Contact", Id=second, Title="t")]
    assert [
        one["id"] for one in org.call("PATCH", "composite/sobjects", {"records": rows}).json()
    ] == [first, second]
    wanted = {"ids": [second, "0034S000005YJVlQAO", first], "fields": ["Title"]}
    found = org.call("POST", "composite/sobjects/Contact", wanted).json()
    assert found[1] is None
    assert [one["Id"] for one in (found[0], found[2])] == [second, first]
    same = org.call(
        "GET", "composite/sobjects/Contact", params={"ids": f"{second},{first}", "fields": "Title"}
    ).json()
    assert [one["Title"] for one in same] == ["t", "t"]
    gone = org.call("DELETE", "composite/sobjects", params={"ids": f"{first},{second}"}).json()
    assert [one["success"] for one in gone] == [True, True]
    again = org.call("DELETE", "composite/sobjects", params={"ids": first}).json()[0]
    assert again["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"
    never = org.call(
        "PATCH", "composite/sobjects", {"records": [row("Contact", id="0034S000005YJVlQAO")]}
    ).json()[0]
    assert never["errors"][0] == {
        "statusCode": "INVALID_CROSS_REFERENCE_KEY",
        "message": "invalid cross reference id",
        "fields": [],
    }


def test_upsert_by_external_id_creates_updates_and_says_which(org: SimulatedOrg) -> None:
    org.control(
        "POST",
        "objects/Contact/fields",
        {"name": "Key__c", "type": "string", "length": 20, "external_id": True},
    )
    known = org.create("Contact", LastName="a", Key__c="1")
    rows = [
        row("Contact", Key__c="1", Title="t"),
        row("Contact", Key__c="2", LastName="b"),
        row("Contact", Key__c="3"),
    ]
    found = org.call("PATCH", "composite/sobjects/Contact/Key__c", {"records": rows}).json()
    assert (found[0]["id"], found[0]["created"]) == (known, False)
    assert found[1]["created"] is True
    assert found[2]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert (
        org.call("PATCH", "composite/sobjects/Contact/Title", {"records": rows}).status_code == 404
    )


def test_single_upsert_answers_201_200_and_300(org: SimulatedOrg) -> None:
    org.control(
        "POST",
        "objects/Contact/fields",
        {"name": "Key__c", "type": "string", "length": 20, "external_id": True},
    )
    path = "sobjects/Contact/Key__c/a%2Fb"
    assert org.call("PATCH", path, {"LastName": "x"}).status_code == 201
    again = org.call("PATCH", path, {"LastName": "y"})
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert org.call("GET", path).json()["Key__c"] == "a/b"
    twin = org.create("Contact", LastName="z", Key__c="a/b")
    several = org.call("PATCH", path, {"LastName": "y"})
    assert several.status_code == 300
    assert f"/services/data/v66.0/sobjects/Contact/{twin}" in several.json()


def test_composite_feeds_ids_forward_and_rolls_back_together(org: SimulatedOrg) -> None:
    base = "/services/data/v66.0"
    requests: list[dict[str, Any]] = [
        {
            "method": "POST",
            "url": f"{base}/sobjects/Account",
            "referenceId": "A",
            "body": {"Name": "Acme"},
        },
        {
            "method": "POST",
            "url": f"{base}/sobjects/Contact",
            "referenceId": "C",
            "body": {"LastName": "x", "AccountId": "@{A.id}"},
        },
        {
            "method": "GET",
            "url": f"{base}/query?q=SELECT+Account.Name+FROM+Contact+WHERE+Id='@{{C.id}}'",
            "referenceId": "Q",
        },
    ]
    found = org.call("POST", "composite", {"compositeRequest": requests, "allOrNone": True}).json()[
        "compositeResponse"
    ]
    assert [one["httpStatusCode"] for one in found] == [201, 201, 200]
    assert found[2]["body"]["records"][0]["Account"]["Name"] == "Acme"
    requests[1]["body"] = {"AccountId": "@{A.id}"}
    found = org.call("POST", "composite", {"compositeRequest": requests, "allOrNone": True}).json()[
        "compositeResponse"
    ]
    assert [one["body"][0]["errorCode"] for one in found] == [
        "PROCESSING_HALTED",
        "REQUIRED_FIELD_MISSING",
        "PROCESSING_HALTED",
    ]
    assert org.query("SELECT COUNT() FROM Account")["totalSize"] == 1


def test_describe_is_not_sent_again_when_nothing_changed(org: SimulatedOrg) -> None:
    first = org.call("GET", "sobjects/Contact/describe")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert org.call("GET", "sobjects/Contact/describe", headers=since).status_code == 304
    earlier = {"If-Modified-Since": "Mon, 23 Nov 2020 00:00:00 GMT"}
    assert org.call("GET", "sobjects/Contact/describe", headers=earlier).status_code == 200


def test_describe_tells_what_the_recorded_one_tells(org: SimulatedOrg) -> None:
    told = {
        one["name"]: one for one in org.call("GET", "sobjects/Contact/describe").json()["fields"]
    }
    name, email, source = told["Name"], told["Email"], told["LeadSource"]
    assert (name["createable"], name["updateable"], name["permissionable"], name["length"]) == (
        False,
        False,
        False,
        121,
    )
    assert (email["type"], email["length"], email["byteLength"], email["idLookup"]) == (
        "email",
        80,
        240,
        True,
    )
    assert [one["value"] for one in source["picklistValues"]][:2] == ["Web", "Phone Inquiry"]
    assert told["AccountId"]["referenceTo"] == ["Account"]
    assert told["MailingAddress"]["createable"] is False
    assert told["LastName"]["nillable"] is False
