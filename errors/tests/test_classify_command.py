"""`manage.py classify` as its users run it: a process that reads lines and answers them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "classify"],
        input=text,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


def test_each_line_gets_its_answer_and_a_bad_one_does_not_stop_the_others() -> None:
    lines = [
        '{"system": "salesforce", "code": "DUPLICATE_VALUE", "message": "x", "fields": []}',
        "this is not JSON",
        '{"system": "salesforce", "code": "REQUIRED_FIELD_MISSING", "message": "", "fields": "AccountId; ContactId"}',
        "[1]",
        '{"system": "hubspot", "code": "INVALID_EMAIL"}',
    ]

    done = run("\n".join(lines) + "\n")

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[0] == {"type": "duplicates", "cause": "duplicate-value"}
    assert answers[2] == {"type": "associations", "cause": "required-link-missing"}
    assert answers[4] == {"type": "property-values", "cause": "invalid-email"}
    assert all(list(answers[n]) == ["error"] for n in (1, 3))
    assert done.returncode == 1


def test_good_lines_end_with_status_0() -> None:
    done = run('{"system": "salesforce", "code": "NEW", "message": "?"}\n\n')

    assert (done.returncode, json.loads(done.stdout)["type"]) == (0, "other")


def test_an_answer_comes_before_the_next_line_is_sent() -> None:
    with subprocess.Popen(
        [sys.executable, "manage.py", "classify"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write('{"system": "hubspot", "code": "CONFLICT"}\n')
        process.stdin.flush()

        assert json.loads(process.stdout.readline())["type"] == "duplicates"

        process.stdin.close()


def test_ten_thousand_lines_take_seconds() -> None:
    row = {
        "system": "salesforce",
        "code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "message": "T: execution of AfterUpdate caused by: System.DmlException: Update failed. First exception on row 0; first error: STRING_TOO_LONG, Name: data value too large: x (max length=80): [Name]",
        "fields": [],
    }
    started = time.monotonic()

    done = run((json.dumps(row) + "\n") * 10_000)

    assert done.stdout.count('"value-too-long"') == 10_000
    assert time.monotonic() - started < 20
