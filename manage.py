#!/usr/bin/env python
"""Runs Django's management commands; without an environment of its own, on the demo of `make run`."""

import os
import secrets
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
# Commands that read and keep no data: they work in a bare clone.
STATELESS = {"classify", "compilemessages", "help", "makemessages", "makemigrations", "spectacular"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "synchealth.settings")
    if not os.environ.get("SECRET_KEY") and not (PROJECT / ".env").exists():
        if (PROJECT / "var" / "demo.env").exists():
            from scripts.manage import main as with_the_demo_s_environment

            with_the_demo_s_environment()  # starts this file again and does not return
        elif sys.argv[1:2] and sys.argv[1] in STATELESS:
            os.environ["SECRET_KEY"] = secrets.token_hex()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
