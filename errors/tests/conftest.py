"""Fixtures of the errors app's tests."""

from __future__ import annotations

import pytest

from errors.tests.fakes import make_connection, simple_judge
from integrations.models import Connection


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are judged by the rules of `fakes.simple_judge`."""
    monkeypatch.setattr("errors.folding.judge", simple_judge)


@pytest.fixture
def connection(db: None) -> Connection:
    return make_connection()
