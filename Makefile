# The commands that people, pre-commit and CI share. `make demo` and `make test` are all a new
# machine needs; everything else rests on `make setup`.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
DEMO_STORE ?= var/demo.duckdb

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: setup demo test check lint types contracts serve bench browser clean help

help:
	@echo "make demo   set everything up and open the workbench on demonstration data"
	@echo "make test   set everything up and run all tests"
	@echo "make check  format, lint, types, import contracts and all tests"
	@echo "make serve  open the workbench on your own store (MODDESK_DATABASE_URL)"
	@echo "make bench  run the benchmarks, one JSON object each"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "ModDesk needs Python 3.11: set PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $(STAMP)

demo: setup
	$(BIN)/moddesk demo --store $(DEMO_STORE) --serve

serve: setup
	$(BIN)/moddesk serve

browser:
	@{ command -v chromium >/dev/null || command -v chromium-browser >/dev/null; } \
	&& { command -v nginx >/dev/null || test -x /usr/sbin/nginx; } \
	|| { echo "Installing Chromium and nginx for the browser tests"; \
	     SUDO=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	     $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends chromium nginx-light fonts-noto-core fonts-noto-color-emoji; }

test: setup browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup
	$(BIN)/mypy

contracts: setup
	$(BIN)/lint-imports

check: lint types contracts test

bench: setup
	$(BIN)/moddesk bench import --json
	$(BIN)/moddesk bench store --json
	$(BIN)/moddesk bench review --json
	$(BIN)/moddesk bench engine --json
	$(BIN)/moddesk bench api --json
	$(BIN)/moddesk bench claims --json
	$(BIN)/moddesk bench sessions --json
	$(BIN)/moddesk bench analytics --browser --json
	$(BIN)/moddesk bench compare --json
	$(BIN)/moddesk bench export --rows 5000000 --json

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
