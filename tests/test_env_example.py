""".env.example names every setting, and nothing that no setting reads."""

from __future__ import annotations

import re

from scripts.paths import PROJECT

# Read by docker-compose.yml alone.
COMPOSE_ONLY = {"POSTGRES_PASSWORD"}


def named_in_example() -> set[str]:
    text = (PROJECT / ".env.example").read_text()
    return set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", text, flags=re.MULTILINE))


def read_by_settings() -> set[str]:
    text = (PROJECT / "synchealth/settings.py").read_text()
    return set(re.findall(r"""\benv(?:\.\w+)?\(\s*["']([A-Z][A-Z0-9_]+)["']""", text))


def test_every_setting_of_the_environment_is_in_the_example() -> None:
    assert read_by_settings() - named_in_example() == set()


def test_the_example_names_no_setting_that_is_not_read() -> None:
    assert named_in_example() - read_by_settings() == COMPOSE_ONLY


def test_the_example_holds_no_secret() -> None:
    text = (PROJECT / ".env.example").read_text()
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "POSTGRES_PASSWORD"):
        assert re.search(rf"^{name}=$", text, flags=re.MULTILINE), f"{name} has a value"


def test_settings_read_the_environment_through_env_alone() -> None:
    assert "os.environ" not in (PROJECT / "synchealth/settings.py").read_text()
