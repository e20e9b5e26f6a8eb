from __future__ import annotations

import pytest

from simulators.tests.salesforce.conftest import SimulatedOrg, row

HINT = " Please reference your WSDL or the describe call for the appropriate names."


@pytest.fixture
def org_with_people(org: SimulatedOrg) -> SimulatedOrg:
    acme = org.create("Account", Name="Acme", Industry="Banking")
    org.create(
        "Contact",
        LastName="Nowak",
        FirstName="Ada",
        Email="ada@demo.pl",
        AccountId=acme,
        Birthdate="1990-05-01",
    )
    org.create("Contact", LastName="O'Hara", FirstName="Ben", Email="ben@demo.pl")
    org.create("Contact", LastName="50%", Title="Chief")
    return org


# condition, names found, in order of name
CONDITIONS = [
    ("Email = 'ADA@demo.pl'", ["Ada Nowak"]),
    ("Email != 'ada@demo.pl'", ["50%", "Ben O'Hara"]),
    ("Email = null", ["50%"]),
    ("Email != null", ["Ada Nowak", "Ben O'Hara"]),
    (r"LastName = 'O\'Hara'", ["Ben O'Hara"]),
    (r"LastName LIKE '50\%'", ["50%"]),
    ("LastName LIKE '%o_ak'", ["Ada Nowak"]),
    ("Email IN ('ada@demo.pl', 'BEN@demo.pl')", ["Ada Nowak", "Ben O'Hara"]),
    ("Email NOT IN ('ada@demo.pl')", ["50%", "Ben O'Hara"]),
    ("Account.Name = 'acme'", ["Ada Nowak"]),
    ("Account.Owner.Email LIKE 'integration%'", ["Ada Nowak"]),
    ("AccountId IN (SELECT Id FROM Account WHERE Industry = 'Banking')", ["Ada Nowak"]),
    ("NOT Title = 'Chief'", ["Ada Nowak", "Ben O'Hara"]),
    ("(Title = 'Chief' OR FirstName = 'Ben') AND IsDeleted = FALSE", ["50%", "Ben O'Hara"]),
    ("Birthdate < 1990-05-02", ["Ada Nowak"]),
    ("Birthdate = LAST_N_DAYS:10", []),
    ("CreatedDate = TODAY", ["50%", "Ada Nowak", "Ben O'Hara"]),
    ("CreatedDate > TODAY", []),
    ("SystemModstamp >= 2020-01-01T00:00:00Z", ["50%", "Ada Nowak", "Ben O'Hara"]),
    ("SystemModstamp > 2099-01-01T00:00:00.000+0000", []),
]


@pytest.mark.parametrize(("condition", "names"), CONDITIONS)
def test_where(org_with_people: SimulatedOrg, condition: str, names: list[str]) -> None:
    assert (
        org_with_people.names(f"SELECT Name FROM Contact WHERE {condition} ORDER BY Name") == names
    )


def test_parents_come_as_nested_records_and_null_where_there_is_none(
    org_with_people: SimulatedOrg,
) -> None:
    found = org_with_people.query(
        "SELECT Id, Account.Name, Account.Owner.Name FROM Contact ORDER BY LastName"
    )["records"]
    assert [one["Account"] and one["Account"]["Name"] for one in found] == [None, "Acme", None]
    assert found[1]["Account"]["Owner"]["Name"] == "HubSpot Integration"
    assert (
        found[1]["attributes"]["url"] == f"/services/data/v66.0/sobjects/Contact/{found[1]['Id']}"
    )


def test_order_limit_offset_and_nulls(org_with_people: SimulatedOrg) -> None:
    org = org_with_people
    assert org.names("SELECT Name FROM Contact ORDER BY Email NULLS LAST, Name") == [
        "Ada Nowak",
        "Ben O'Hara",
        "50%",
    ]
    assert org.names("SELECT Name FROM Contact ORDER BY Email") == [
        "50%",
        "Ada Nowak",
        "Ben O'Hara",
    ]
    assert org.names(
        "SELECT Name FROM Contact ORDER BY Email DESC NULLS LAST LIMIT 1 OFFSET 1"
    ) == ["Ada Nowak"]


def test_counts_groups_and_fields(org_with_people: SimulatedOrg) -> None:
    org = org_with_people
    assert org.query("SELECT COUNT() FROM Contact WHERE Email != null") == {
        "totalSize": 2,
        "done": True,
        "records": [],
    }
    grouped = org.query(
        "SELECT AccountId, COUNT(Id) n FROM Contact GROUP BY AccountId ORDER BY COUNT(Id)"
    )
    assert [one["n"] for one in grouped["records"]] == [1, 2]
    everything = org.query("SELECT FIELDS(ALL) FROM Contact LIMIT 200")["records"][0]
    assert {"Id", "LastName", "MailingAddress", "SystemModstamp"} <= set(everything)


ERRORS = [
    ("SELECT Foo FROM Contact", "INVALID_FIELD", "\nSELECT Foo FROM Contact\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Contact'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name." + HINT),
    ("SELECT Id FROM Nope", "INVALID_TYPE", "\nSELECT Id FROM Nope\n               ^\nERROR at Row:1:Column:16\nsObject type 'Nope' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name." + HINT),
    ("SELECT Boss.Name FROM Contact", "INVALID_FIELD", "Didn't understand relationship 'Boss' in field path."),
    ("SELECT Id FROM Contact WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    ("SELECT Id FRO Contact", "MALFORMED_QUERY", "unexpected token: 'FRO'"),
    ("SELECT Id FROM Contact WHERE A = 'x' AND B = 'y' OR C = 'z'", "MALFORMED_QUERY", "unexpected token: 'OR'"),
    ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
    ("SELECT Id FROM Account WHERE AnnualRevenue = '5'", "INVALID_FIELD", "value of filter criterion for field 'AnnualRevenue' must be of type currency and should not be enclosed in quotes"),
    ("SELECT Id FROM Contact WHERE AccountId = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
    ("SELECT FIELDS(ALL) FROM Contact", "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200"),
    ("", "MALFORMED_QUERY", "SOQL statement cannot be empty or null"),
]  # fmt: skip


@pytest.mark.parametrize(("soql", "code", "text"), ERRORS)
def test_error_is_in_salesforces_words(org: SimulatedOrg, soql: str, code: str, text: str) -> None:
    answer = org.call("GET", "query", params={"q": soql})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code
    assert text in answer.json()[0]["message"]


def test_pages_hold_every_record_once_though_records_change_meanwhile(org: SimulatedOrg) -> None:
    for start in range(0, 600, 200):
        rows = [row("Account", Name=f"A{number:04}") for number in range(start, start + 200)]
        org.call("POST", "composite/sobjects", {"records": rows})
    size = {"Sforce-Query-Options": "batchSize=250"}
    page = org.call(
        "GET", "query", params={"q": "SELECT Id, Name FROM Account ORDER BY Name"}, headers=size
    ).json()
    assert (page["totalSize"], page["done"], len(page["records"])) == (600, False, 250)
    assert page["nextRecordsUrl"].startswith("/services/data/v66.0/query/01g")
    names = [one["Name"] for one in page["records"]]
    org.call("PATCH", f"sobjects/Account/{page['records'][0]['Id']}", {"Name": "Z"})
    while not page["done"]:
        # The real API gives a path from the root of the host; so does this one.
        page = org.session.get(org.simulators.base_url + page["nextRecordsUrl"], timeout=30).json()
        names += [one["Name"] for one in page["records"]]
    assert names == [f"A{number:04}" for number in range(600)]


def test_unknown_locator_is_refused(org: SimulatedOrg) -> None:
    assert org.refusal("GET", "query/01gXXXXXXXXXXXXXXX-2000")[1] == "INVALID_QUERY_LOCATOR"


def test_query_all_finds_the_recycle_bin(org: SimulatedOrg) -> None:
    org.call("DELETE", f"sobjects/Account/{org.create('Account', Name='Gone')}")
    soql = "SELECT Name FROM Account WHERE IsDeleted = TRUE"
    assert org.names(soql) == []
    assert org.call("GET", "queryAll", params={"q": soql}).json()["totalSize"] == 1


def test_hidden_field_cannot_be_queried(org: SimulatedOrg) -> None:
    org.control("PATCH", "objects/Contact/fields/Title", {"readable": False})
    answer = org.call("GET", "query", params={"q": "SELECT Title FROM Contact"}).json()
    assert answer[0]["errorCode"] == "INVALID_FIELD"


def test_change_stamps_grow_with_every_write_and_records_of_one_call_share_theirs(
    org: SimulatedOrg,
) -> None:
    rows = [row("Account", Name=str(number)) for number in range(3)]
    stamps: list[set[str]] = []
    for _ in range(5):
        made = org.call("POST", "composite/sobjects", {"records": rows}).json()
        listed = "','".join(one["id"] for one in made)
        found = org.query(f"SELECT SystemModstamp FROM Account WHERE Id IN ('{listed}')")["records"]
        stamps.append({one["SystemModstamp"] for one in found})
    assert [len(each) for each in stamps] == [1] * 5
    flat = [next(iter(each)) for each in stamps]
    assert flat == sorted(set(flat))
