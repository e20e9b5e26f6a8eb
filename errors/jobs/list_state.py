"""What a list job's position holds for one object at its start, and what its lists are called."""

from __future__ import annotations

from typing import Any


def list_name(name: str, of_object: str = "") -> str:
    """What a list is called. A slash would end the name in the address by which it is looked up."""
    name = name.replace("/", "-").replace("\\", "-")
    return f"{name} ({of_object})" if of_object else name


def fresh(objects: list[str], *, several: bool, known: dict[str, str]) -> dict[str, Any]:
    return {
        "objects": objects,
        "several": several,
        "known": known,
        "stage": "",
        "existed": False,
        "list_id": "",
        "called": "",
        "after": 0,
        "added": 0,
        "not_there": 0,
        "unknown": 0,
        "unknown_ids": [],
    }
