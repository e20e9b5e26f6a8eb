"""Our count of the Salesforce calls equals the org's, whatever becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import usage
from integrations.clients import Clients, SalesforceClient, open_clients
from integrations.clients.results import CallRefused, ConnectionFault, TransientFault
from integrations.metering import AllotmentSpent
from integrations.models import CallPurpose, Connection
from integrations.testing import make_connection
from simulators.testing import Simulators

CONTACT = {"attributes": {"type": "Contact"}, "LastName": "Nowak"}


def ours(connection: Connection) -> int:
    return usage.api_usage(connection_id=connection.pk).used_24h


def theirs(simulators: Simulators) -> int:
    return int(simulators.control("GET", "calls/count?system=salesforce")["count"])


def fault(simulators: Simulators, **values: Any) -> None:
    simulators.control("POST", "faults", {"system": "salesforce", "path": "/data/", **values})


def test_logging_in_and_asking_who_one_is_are_free(
    connection: Connection, salesforce: SalesforceClient, simulators: Simulators
) -> None:
    salesforce.user_info()

    assert ours(connection) == theirs(simulators) == salesforce.calls_made == 0


def test_each_kind_of_call_counts_once(
    connection: Connection, salesforce: SalesforceClient, simulators: Simulators
) -> None:
    salesforce.limits()
    salesforce.describe("Contact")
    [made] = salesforce.create([CONTACT])
    salesforce.query("SELECT Id FROM Contact")
    salesforce.update([{**CONTACT, "id": made.id}])
    salesforce.delete([made.id])
    with pytest.raises(CallRefused):
        salesforce.describe("Nothing__c")

    assert ours(connection) == theirs(simulators) == salesforce.calls_made == 7


def test_a_composite_is_one_call(
    connection: Connection, salesforce: SalesforceClient, simulators: Simulators
) -> None:
    url = "/services/data/v67.0/query?q=SELECT+Id+FROM+Contact"
    asked = [{"method": "GET", "url": url, "referenceId": f"q{n}"} for n in range(3)]

    answers = salesforce.composite(asked, writes=False)

    assert [answer["httpStatusCode"] for answer in answers] == [200, 200, 200]
    assert ours(connection) == theirs(simulators) == 1


@pytest.mark.parametrize(
    "struck",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503},
        {"kind": "drop"},
        {"kind": "drop", "when": "before"},
        {"kind": "truncate"},
        {"kind": "timeout", "seconds": 20},
    ],
    ids=lambda struck: "-".join(str(value) for value in struck.values()),
)
@pytest.mark.parametrize("writes", [False, True], ids=["read", "write"])
def test_a_call_whose_answer_is_lost_counts_here_as_there(
    connection: Connection,
    salesforce: SalesforceClient,
    simulators: Simulators,
    settings: Any,
    no_waiting: list[float],
    struck: dict[str, Any],
    writes: bool,
) -> None:
    settings.CRM_READ_TIMEOUT = 0.3
    salesforce.user_info()
    fault(simulators, **struck, count=2)

    if writes:
        with pytest.raises(TransientFault) as lost:
            salesforce.create([CONTACT])
        assert lost.value.maybe_applied
    else:
        salesforce.limits()

    assert ours(connection) == theirs(simulators) == salesforce.calls_made == (1 if writes else 3)


def test_a_refused_session_is_renewed_once_and_does_not_count(
    connection: Connection, salesforce: SalesforceClient, simulators: Simulators
) -> None:
    salesforce.limits()
    simulators.control("POST", "salesforce/sessions/expire")

    salesforce.limits()

    calls = simulators.control("GET", "calls?system=salesforce")
    assert [call["status"] for call in calls] == [200, 200, 401, 200, 200]
    assert ours(connection) == theirs(simulators) == 2


def test_a_session_that_a_renewal_does_not_cure_stops_the_connection(
    connection: Connection, salesforce: SalesforceClient, simulators: Simulators
) -> None:
    fault(simulators, kind="status", status=401)

    with pytest.raises(ConnectionFault, match="INVALID_SESSION_ID"):
        salesforce.limits()

    assert ours(connection) == theirs(simulators) == 0


def test_the_org_s_limit_stops_the_connection_and_does_not_count(
    connection: Connection, salesforce: SalesforceClient, simulators: Simulators
) -> None:
    simulators.control("PATCH", "salesforce/settings", {"daily_api_limit": 1})
    salesforce.limits()

    with pytest.raises(ConnectionFault, match="REQUEST_LIMIT_EXCEEDED"):
        salesforce.limits()

    assert ours(connection) == theirs(simulators) == 1


def test_a_server_that_is_down_costs_nothing(db: None, no_waiting: list[float]) -> None:
    from integrations.clients.access import Access
    from integrations.metering import CallMeter

    connection = make_connection()
    meter = CallMeter(connection_id=connection.pk, purpose=CallPurpose.SYNC)
    nowhere = Access(token="x", version=1, instance_url="http://127.0.0.1:9")
    salesforce = SalesforceClient(connection=connection, meter=meter, access=lambda _: nowhere)

    with pytest.raises(TransientFault) as refused:
        salesforce.create([CONTACT])

    assert (refused.value.code, refused.value.maybe_applied) == ("CONNECTION_FAILED", False)
    assert ours(connection) == 0


def test_the_wall_stops_a_call_before_it_is_made(db: None, simulators: Simulators) -> None:
    connection = make_connection(allotment=2)
    with open_clients(connection=connection, purpose=CallPurpose.RESYNC) as clients:
        clients.salesforce.limits()
        clients.salesforce.limits()

        with pytest.raises(AllotmentSpent):
            clients.salesforce.limits()

    assert ours(connection) == theirs(simulators) == 2


def test_a_write_stopped_by_the_wall_keeps_the_results_it_has(
    db: None, simulators: Simulators
) -> None:
    connection = make_connection(allotment=1)
    records = [{**CONTACT, "LastName": f"N{number}"} for number in range(201)]
    with (
        open_clients(connection=connection, purpose=CallPurpose.RESYNC) as clients,
        pytest.raises(AllotmentSpent) as stopped,
    ):
        clients.salesforce.create(records)

    results = stopped.value.results
    assert all(result and result.ok for result in results[:200])
    assert results[200:] == [None]
    assert stopped.value.uncertain == []


def test_the_org_s_gauge_is_kept_from_the_answers(
    connection: Connection, clients: Clients, simulators: Simulators
) -> None:
    clients.salesforce.limits()

    connection.refresh_from_db()
    assert connection.org_used == clients.salesforce.gauge.used == 1
    assert clients.salesforce.gauge.limit == 115_000
