"""Error bodies as HubSpot sends them, and what is read from them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.clients.hubspot_batches import write_links, write_records
from integrations.clients.hubspot_errors import failures_of, fault_of
from integrations.clients.results import CallRefused, ConnectionFault, TransientFault

INVALID = "Property values were not valid: "
OPTION = '{"isValid":false,"message":"x was not one of the allowed options: [a]","error":"INVALID_OPTION","name":"stage"}'


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (
            {"category": "VALIDATION_ERROR", "message": f"{INVALID}[{OPTION}]"},
            [("INVALID_OPTION", ("stage",))],
        ),
        (  # cut off in the middle
            {"category": "VALIDATION_ERROR", "message": f"{INVALID}[{OPTION[:-1]}"},
            [("INVALID_OPTION", ("stage",))],
        ),
        (
            {"category": "VALIDATION_ERROR", "message": f"{INVALID}[{OPTION},{OPTION.replace('stage', 'size')}]"},
            [("INVALID_OPTION", ("stage",)), ("INVALID_OPTION", ("size",))],
        ),
        (
            {
                "category": "VALIDATION_ERROR",
                "message": "Property values were not valid",
                "errors": [{"message": "m", "code": "INVALID_DATE", "context": {"propertyName": ["closedate"]}}],
            },
            [("INVALID_DATE", ("closedate",))],
        ),
        (
            {
                "category": "VALIDATION_ERROR",
                "subCategory": "crm.associations.INVALID_ASSOCIATION_TYPE",
                "message": "m",
            },
            [("crm.associations.INVALID_ASSOCIATION_TYPE", ())],
        ),
        (
            {"category": "VALIDATION_ERROR", "message": "required", "context": {"properties": ["subject"]}},
            [("VALIDATION_ERROR", ("subject",))],
        ),
        ({"message": "gone", "category": "OBJECT_NOT_FOUND"}, [("OBJECT_NOT_FOUND", ())]),
        ({"validationResults": [{"isValid": False, "message": "m", "error": "INVALID_LONG", "name": "n"}]}, [("INVALID_LONG", ("n",))]),
        ({}, [("UNKNOWN", ())]),
    ],
    ids=["json-in-text", "cut-off", "two", "errors", "sub-category", "required", "plain", "v1", "empty"],
)  # fmt: skip
def test_the_innermost_code_and_its_properties_are_found(error: dict[str, Any], found: Any) -> None:
    assert [(failure.code, failure.fields) for failure in failures_of(error)] == found


@pytest.mark.parametrize(
    ("message", "duplicate"),
    [
        ("Contact already exists. Existing ID: 12345", {"hubspot_id": "12345"}),
        (
            "Cannot set PropertyValueCoordinates{portalId=1, propertyName=hotel, value=Ch1} on 483. 51090765207 already has that value.",
            {"hubspot_id": "51090765207", "value": "Ch1"},
        ),
    ],
    ids=["contact", "unique-value"],
)
def test_the_record_that_has_the_value_is_read_from_the_text(message: str, duplicate: Any) -> None:
    [failure] = failures_of({"category": "CONFLICT", "message": message})

    assert failure.details["duplicate"] == duplicate


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["message", "errors", "context", "error", "name", "code", "propertyName", "category"]), inner, max_size=4
    ),
    max_leaves=12,
)  # fmt: skip


@given(json_values, st.sampled_from([400, 401, 403, 404, 409, 423, 429, 500, 502]))
def test_no_body_whatever_breaks_the_reading(body: Any, status: int) -> None:
    fault = fault_of(status, body, retry_after=None, writes=True)

    assert fault.code


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"category": "EXPIRED_AUTHENTICATION", "message": "m"}, ConnectionFault),
        (429, {"policyName": "DAILY", "message": "m"}, ConnectionFault),
        (429, {"policyName": "TEN_SECONDLY_ROLLING", "message": "m"}, TransientFault),
        (423, {"message": "m"}, TransientFault),
        (502, "<html>", TransientFault),
        (403, {"category": "MISSING_SCOPES", "message": "m"}, CallRefused),
    ],
    ids=["expired", "daily", "ten-secondly", "locked", "bad-gateway", "scopes"],
)
def test_what_a_status_means_for_the_whole_call(status: int, body: Any, kind: type) -> None:
    fault = fault_of(status, body, retry_after=None, writes=True)

    assert type(fault) is kind
    assert getattr(fault, "maybe_applied", False) == (status == 502)


def old_style(bad: set[int]) -> Any:
    """A batch call of the kind that knows no trace ids: one bad row refuses all."""
    sizes: list[int] = []

    def call(body: dict[str, Sequence[dict[str, Any]]]) -> Any:
        sizes.append(len(body["inputs"]))
        if any(row["properties"]["n"] in bad for row in body["inputs"]):
            raise CallRefused(
                failures_of({"category": "VALIDATION_ERROR", "message": "bad"}), status=400
            )
        return {"results": [{"id": f"id{row['properties']['n']}"} for row in body["inputs"]]}

    call.sizes = sizes  # type: ignore[attr-defined]
    return call


@given(st.sets(st.integers(0, 249), max_size=40))
def test_without_trace_ids_the_bad_rows_are_found_and_the_others_written(bad: set[int]) -> None:
    inputs = [{"properties": {"n": number}} for number in range(250)]

    results = write_records(inputs=inputs, call=old_style(bad), creates=True)

    assert {row for row, result in enumerate(results) if not result.ok} == bad
    assert all(result.id == f"id{row}" for row, result in enumerate(results) if result.ok)


def test_one_bad_row_in_a_hundred_costs_at_most_fifteen_calls() -> None:
    call = old_style({63})

    write_records(inputs=[{"properties": {"n": n}} for n in range(100)], call=call, creates=True)

    assert len(call.sizes) <= 15


def test_trace_ids_are_read_from_either_place() -> None:
    def call(body: Any) -> Any:
        first, second, third = (row["objectWriteTraceId"] for row in body["inputs"])
        message = {"message": "m", "category": "VALIDATION_ERROR"}
        return {
            "results": [{"id": "1", "objectWriteTraceId": second}],
            "errors": [
                {**message, "context": {"objectWriteTraceId": [third]}},
                {**message, "objectWriteTraceId": first},
            ],
        }

    results = write_records(inputs=[{"properties": {}}] * 3, call=call, creates=True)

    assert [result.ok for result in results] == [False, True, False]


def test_a_merged_record_that_the_answer_leaves_out_is_a_failure() -> None:
    results = write_records(
        inputs=[{"id": "1", "properties": {}}, {"id": "2", "properties": {}}],
        call=lambda body: {"results": [{"id": "2"}]},
        creates=False,
    )

    assert [result.ok for result in results] == [False, True]


def test_links_refused_together_are_tried_singly() -> None:
    def call(body: Any) -> Any:
        if any(row["to"]["id"] == "9" for row in body["inputs"]):
            raise CallRefused(
                failures_of({"category": "VALIDATION_ERROR", "message": "full"}), status=400
            )
        return {"results": []}

    pairs = [("1", "5"), ("2", "9"), ("3", "5")]
    inputs = [{"from": {"id": one}, "to": {"id": other}} for one, other in pairs]

    results = write_links(pairs=pairs, inputs=inputs, call=call)

    assert [result.ok for result in results] == [True, False, True]


def test_real_messages_keep_a_code_and_a_text() -> None:
    table = Path(__file__).parents[2] / "errors/tests/data/messages.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["system"] == "hubspot"]

    for row in rows:
        [failure, *_] = failures_of({"category": row["code"], "message": row["message"]})
        assert failure.code != "UNKNOWN"
        assert failure.message
