# Commands for people who work on, or look at, Sync Health. `make help` lists them.
# PORT, SIMULATOR_PORT, HOST, PYTHON, VENV and VAR_DIR may be set in the environment or on the command line.

VENV ?= .venv
# Only what has a value here: exporting a name without one would hand an empty setting down.
export VENV

PY = $(VENV)/bin/python
# A marker expression narrows what `make test` runs; the browser tests need an installed Chromium.
TESTS ?=
PYTEST_WORKERS ?= 2

.PHONY: help run demo-reset manage test test-browser lint format types venv venv-dev

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

run: venv ## the demo: everything on this machine, at http://127.0.0.1:8000
	@STOP_WITH_PARENT=1 exec $(PY) -m scripts.run

demo-reset: venv ## throw the demo's data away; the next `make run` starts over
	@$(PY) -m scripts.demo_reset

manage: venv ## a management command on the demo's data: make manage ARGS="sync"
	@$(PY) -m scripts.manage $(ARGS)

test: venv-dev ## the tests, on SQLite and the embedded broker
	@$(PY) -m pytest -n $(PYTEST_WORKERS) --dist loadscope -m "not browser and not load" $(TESTS)

test-browser: venv-dev ## the tests in a real browser (needs Chromium)
	@$(PY) -m pytest -n $(PYTEST_WORKERS) --dist loadscope -m browser $(TESTS)

lint: venv-dev ## style, types, layers, missing migrations, Django's checks
	@$(PY) -m scripts.lint

format: venv-dev ## rewrite the code in the project's style
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

venv:
	@sh scripts/bootstrap.sh requirements.txt

venv-dev:
	@sh scripts/bootstrap.sh requirements-dev.txt
