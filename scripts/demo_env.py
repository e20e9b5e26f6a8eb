"""The environment of the demo: the same settings as any other installation, pointing into var/ and at the simulators."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from scripts.broker import Broker
from scripts.paths import DemoPaths
from scripts.problems import Problem

# What could reach somebody's real data or accounts is never taken over from the shell.
NOT_INHERITED = (
    "CELERY_BROKER_URL",
    "DATABASE_URL",
    "EMAIL_URL",
    "FIELD_ENCRYPTION_KEYS",
    "REDIS_URL",
    "SECRET_KEY",
)


def read_or_make_secrets(paths: DemoPaths) -> dict[str, str]:
    """The demo's keys, made at the first call and kept in var/demo.env, readable by its owner alone.

    Raises Problem when data is there but its keys are gone: stored credentials could not be read any more."""
    try:
        text = paths.secrets.read_text(encoding="utf-8")
    except FileNotFoundError:
        if paths.database.exists():
            raise Problem(
                f"{paths.secrets} is gone, and with it the keys of the demo's stored credentials.\n"
                "Start over with:  make demo-reset run"
            ) from None
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "BROKER_PASSWORD": secrets.token_urlsafe(24),
        }
        lines = ["# Made by `make run` for the demo on this machine; `make demo-reset` removes it."]
        write_private(
            paths.secrets, "\n".join([*lines, *(f"{k}={v}" for k, v in made.items())]) + "\n"
        )
        return made
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] != "#")
    return dict(pairs)


@dataclass(frozen=True)
class MailboxPorts:
    """Where the demo's mail server listens. Nobody need know the SMTP port, so any free one will do."""

    smtp: int = 1025
    http: int = 8125

    @classmethod
    def of_running(cls, paths: DemoPaths) -> MailboxPorts:
        """As the mail server has written them down; the defaults when it never ran."""
        try:
            written = json.loads(paths.mailbox_ports.read_text(encoding="utf-8"))
            return cls(smtp=int(written["smtp"]), http=int(written["http"]))
        except (OSError, ValueError, KeyError):
            return cls()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    unfinished = path.with_name(path.name + ".part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)


def site_url(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def demo_environment(
    *,
    paths: DemoPaths,
    keys: Mapping[str, str],
    broker: Broker,
    host: str,
    port: int,
    simulator_port: int,
    inherited: Mapping[str, str],
    mailbox: MailboxPorts | None = None,
) -> dict[str, str]:
    """Environment of every process of the demo: `inherited` (the shell's) with the demo's own settings over it."""
    mailbox = mailbox or MailboxPorts()
    simulators = f"http://127.0.0.1:{simulator_port}"
    hosts = dict.fromkeys(["127.0.0.1", "localhost", "[::1]", host.strip("[]")])
    if host in ("0.0.0.0", "::"):  # noqa: S104 - opened to the network on purpose, by name
        hosts["*"] = None
    kept = {name: value for name, value in inherited.items() if name not in NOT_INHERITED}
    own = {
        "DJANGO_SETTINGS_MODULE": "synchealth.settings",
        "SECRET_KEY": keys["SECRET_KEY"],
        "FIELD_ENCRYPTION_KEYS": keys["FIELD_ENCRYPTION_KEYS"],
        "DEBUG": "False",
        "DATABASE_URL": f"sqlite:///{quote(str(paths.database))}",
        "CELERY_BROKER_URL": broker.celery_url,
        "REDIS_URL": broker.redis_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.smtp}",
        "MAILBOX_URL": f"http://127.0.0.1:{mailbox.http}",
        "SITE_URL": site_url(host, port),
        "ALLOWED_HOSTS": ",".join(hosts),
        "STATIC_ROOT": str(paths.static),
        "VAR_DIR": str(paths.folder),
        "HUBSPOT_API_BASE_URL": f"{simulators}/hubspot",
        "HUBSPOT_APP_BASE_URL": f"{simulators}/hubspot",
        "SALESFORCE_LOGIN_URL": f"{simulators}/salesforce",
        "SIMULATOR_URL": simulators,
    }
    return {**kept, **own}
