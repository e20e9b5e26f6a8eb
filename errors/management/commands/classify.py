"""`manage.py classify`: JSON lines in, one JSON line with type and cause out for each."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from errors.classifier import classify


class Command(BaseCommand):
    """Reads standard input line by line and answers each line at once."""

    help = (
        'Reads JSON lines {"system", "code", "message", "fields"} on standard input and prints '
        'a JSON line {"type", "cause"} for each. A line that is no JSON object gets {"error"}; '
        "the exit status is then 1."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Answers every line; exits with 1 if one of them could not be read."""
        source = getattr(sys.stdin, "buffer", sys.stdin)
        failed = False
        for raw in source:
            line = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
            if not line.strip():
                continue
            answer = answer_to(line)
            failed = failed or "error" in answer
            self.stdout.write(json.dumps(answer))
            # A program on the other side may wait for this answer before it sends the next line.
            self.stdout.flush()
        if failed:
            sys.exit(1)


def answer_to(line: str) -> dict[str, str]:
    """The answer to one line of input."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"error": f"This line is not JSON: {error}"}
    if not isinstance(row, dict):
        return {"error": "This line is not a JSON object."}
    details = row.get("details")
    found = classify(
        system=row.get("system") or "",
        code=row.get("code") or "",
        message=row.get("message") or "",
        fields=names_of(row.get("fields")),
        details=details if isinstance(details, dict) else None,
    )
    return {"type": found.type.value, "cause": found.cause}


def names_of(fields: Any) -> list[str]:
    """Field names from a list, or from a text with semicolons or commas between them."""
    if isinstance(fields, str):
        return [n.strip() for n in fields.replace(";", ",").split(",") if n.strip()]
    if isinstance(fields, list):
        return [str(n) for n in fields if n]
    return []
