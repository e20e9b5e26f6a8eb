"""How many real messages the classifier places right, by type, and how fast it is.

Run: python -m benchmarks.classifier_score. Both tables are in errors/tests/data/.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from pathlib import Path

from errors.classifier import classify

DATA = Path(__file__).resolve().parent.parent / "errors" / "tests" / "data"
TABLES = ("messages.csv", "more_messages.csv")


def main() -> None:
    """Prints a line for each type and table, each row that went wrong, and the speed."""
    everything: list[dict[str, str]] = []
    for table in TABLES:
        with (DATA / table).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        everything += rows
        score(table, rows)
    started = time.perf_counter()
    times = 50
    for _ in range(times):
        for row in everything:
            place(row)
    each = (time.perf_counter() - started) / (times * len(everything))
    print(f"\n{each * 1e6:.0f} µs a message, {1 / each:,.0f} messages a second")


def place(row: dict[str, str]) -> str:
    """The type that the classifier gives a row."""
    fields = [name for name in row["fields"].split(";") if name]
    found = classify(system=row["system"], code=row["code"], message=row["message"], fields=fields)
    return found.type.value


def score(table: str, rows: list[dict[str, str]]) -> None:
    """Prints the score of one table."""
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    print(f"\n{table}")
    for row in rows:
        expected, found = row["expected_type"], place(row)
        total[expected] += 1
        right[expected] += found == expected
        if found != expected:
            print(f"  {expected} went to {found}: {row['code']} {row['message'][:100]}")
    for name in sorted(total):
        print(f"  {name:<18} {right[name]:>3} of {total[name]:>3}")
    good, of = right.total(), total.total()
    print(f"  {'all':<18} {good:>3} of {of:>3} = {good / of:.1%}")


if __name__ == "__main__":
    main()
