"""Several requests in one: /composite (one metered call) and /composite/batch (one for each)."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from simulators.salesforce.call import Answer, Call, dispatch, route
from simulators.salesforce.errors import CallRefused

MOST, MOST_HEAVY = 25, 5
REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
HALTED = [
    {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same transaction failed.",
    }
]


class _RollBack(Exception):
    pass


class _NoSuchReference(Exception):
    pass


def _look_up(found: re.Match[str], bodies: dict[str, Any]) -> Any:
    if found[1] not in bodies:
        raise _NoSuchReference(f"Invalid reference specified. No value for {found[0][2:-1]} found")
    value = bodies[found[1]]
    for name, index in re.findall(r"\.([A-Za-z0-9_]+)|\[(\d+)\]", found[2]):
        try:
            value = value[int(index)] if index else value[name]
        except (KeyError, IndexError, TypeError):
            # "id" and "Id" are both in use; answers of creates have the lower-case one.
            if name and isinstance(value, dict):
                match = next((k for k in value if k.lower() == name.lower()), None)
                if match is not None:
                    value = value[match]
                    continue
            raise _NoSuchReference(
                f"Invalid reference specified. No value for {found[0][2:-1]} found in {found[1]}"
            ) from None
    return value


def fill_in(node: Any, bodies: dict[str, Any]) -> Any:
    """Replace @{reference.path} in all texts of a request by what earlier answers hold."""
    if isinstance(node, dict):
        return {name: fill_in(value, bodies) for name, value in node.items()}
    if isinstance(node, list):
        return [fill_in(value, bodies) for value in node]
    if isinstance(node, str) and "@{" in node:
        whole = REFERENCE.fullmatch(node)
        if whole:
            return _look_up(whole, bodies)
        return REFERENCE.sub(lambda found: str(_look_up(found, bodies)), node)
    return node


def sub_call(call: Call, method: str, url: str, body: Any, headers: dict[str, str]) -> Call:
    """A request inside another, as a call of its own. Raises CallRefused for a path outside the API."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    found = re.fullmatch(r"(?:/services/data/)?v(\d+\.\d)(?:/(.*))?", path)
    if not found:
        raise CallRefused(404, "NOT_FOUND", "The requested resource does not exist")
    return replace(
        call,
        version=found[1],
        method=method.upper(),
        path=found[2] or "",
        args=dict(parse_qsl(parts.query, keep_blank_values=True)),
        raw=json.dumps(body).encode() if body is not None else b"",
        parsed=body,
        headers={**{k: v for k, v in call.headers.items() if k.startswith("sforce-")}, **headers},
        depth=call.depth + 1,
        records=0,
        sub_requests=0,
    )


def _requests(call: Call, name: str) -> list[dict[str, Any]]:
    if call.depth:
        raise CallRefused(400, "INVALID_INPUT", "Composite requests cannot be nested")
    found = call.body().get(name)
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        raise CallRefused(400, "JSON_PARSER_ERROR", f"Missing or malformed required field: {name}")
    if len(found) > MOST:
        raise CallRefused(
            400,
            "LIMIT_EXCEEDED",
            f"The limit of {MOST} subrequests in a composite request was exceeded",
        )
    return found


@route("POST", "composite")
def composite(call: Call) -> Answer:
    requests = _requests(call, "compositeRequest")
    together = bool(call.body().get("allOrNone", False))
    heavy = sum(
        "/query" in str(one.get("url")) or "/composite/sobjects" in str(one.get("url"))
        for one in requests
    )
    if heavy > MOST_HEAVY:
        raise CallRefused(
            400,
            "LIMIT_EXCEEDED",
            f"The limit of {MOST_HEAVY} query and sObject collection subrequests was exceeded",
        )
    names = [one.get("referenceId") for one in requests]
    if not all(isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_]+", name) for name in names):
        raise CallRefused(400, "INVALID_INPUT", "Provided referenceId is missing or invalid")
    if len(set(names)) < len(names):
        raise CallRefused(400, "INVALID_INPUT", "Provided referenceId is a duplicate")
    answers: list[dict[str, Any]] = []
    try:
        if together:
            with call.org.store.write():
                _run(call, requests, answers, together=True)
                if any(one["httpStatusCode"] >= 400 for one in answers):
                    raise _RollBack
        else:
            _run(call, requests, answers, together=False)
    except _RollBack:
        failed = next(i for i, one in enumerate(answers) if one["httpStatusCode"] >= 400)
        for index, one in enumerate(answers):
            if index != failed:
                one.update(body=HALTED, httpHeaders={}, httpStatusCode=400)
    return Answer(200, {"compositeResponse": answers})


def _run(
    call: Call, requests: list[dict[str, Any]], answers: list[dict[str, Any]], *, together: bool
) -> None:
    bodies: dict[str, Any] = {}
    failed: set[str] = set()
    stopped = False
    for one in requests:
        name = str(one["referenceId"])
        answer: Answer
        if stopped:
            answer = Answer(400, HALTED)
        else:
            try:
                ready = fill_in({k: one.get(k) for k in ("url", "body")}, bodies)
                headers = {
                    str(k).lower(): str(v) for k, v in (one.get("httpHeaders") or {}).items()
                }
                inner = sub_call(
                    call, str(one.get("method", "")), str(ready["url"]), ready["body"], headers
                )
                answer = dispatch(inner)
                call.records += inner.records
            except CallRefused as error:
                answer = Answer(error.status, error.body)
            except _NoSuchReference as error:
                answer = Answer(400, [{"errorCode": "PROCESSING_HALTED", "message": str(error)}])
        if answer.status < 300:
            bodies[name] = answer.body
            if _has_failed_row(answer) and together:
                answer = Answer(400, answer.body)
        if answer.status >= 400:
            failed.add(name)
            stopped = stopped or together
        answers.append(
            {
                "body": answer.body,
                "httpHeaders": answer.headers,
                "httpStatusCode": answer.status,
                "referenceId": name,
            }
        )


def _has_failed_row(answer: Answer) -> bool:
    """A collection that was asked for with allOrNone and failed takes the whole composite with it."""
    rows = answer.body if isinstance(answer.body, list) else []
    return any(
        isinstance(row, dict)
        and row.get("success") is False
        and any(
            error.get("statusCode") == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
            for error in row["errors"]
        )
        for row in rows
    )


@route("POST", "composite/batch")
def batch(call: Call) -> Answer:
    requests = _requests(call, "batchRequests")
    halt = bool(call.body().get("haltOnError", False))
    results: list[dict[str, Any]] = []
    for one in requests:
        if halt and any(found["statusCode"] >= 400 for found in results):
            text = "Batch processing halted per request"
            results.append(
                {
                    "statusCode": 412,
                    "result": [{"errorCode": "BATCH_PROCESSING_HALTED", "message": text}],
                }
            )
            continue
        url = str(one.get("url", ""))
        try:
            inner = sub_call(call, str(one.get("method", "")), url, one.get("richInput"), {})
            answer = dispatch(inner)
            call.records += inner.records
        except CallRefused as error:
            answer = Answer(error.status, error.body)
        results.append({"statusCode": answer.status, "result": answer.body})
    call.sub_requests = len(requests)
    return Answer(
        200, {"hasErrors": any(one["statusCode"] >= 400 for one in results), "results": results}
    )
