"""manage.py without an environment: what needs no data works in a bare clone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def test_classify_works_in_a_clone_that_nobody_has_set_up(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    keep = shutil.ignore_patterns(".git", ".venv", "var", ".env", "*_cache", "__pycache__")
    shutil.copytree(PROJECT, clone, ignore=keep)
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    line = {
        "system": "salesforce",
        "code": "STRING_TOO_LONG",
        "message": "Title: data value too large: x (max length=128)",
        "fields": ["Title"],
    }

    done = subprocess.run(
        [sys.executable, "manage.py", "classify"],
        cwd=clone,
        env=bare,
        input=json.dumps(line) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert json.loads(done.stdout) == {"type": "property-values", "cause": "value-too-long"}
