# Kentongan: `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
DEMO_DATA ?= demo-data
PORT ?= 8050
# The first Python between 3.11 and 3.13 that runs; or say which: make demo PYTHON=/usr/bin/python3.12
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo "$$p"; break; }; done)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo run test test-live test-browser lint format bench train evaluate screenshots docs lock chromium clean bench-dashboard

help: ## List what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Kentongan needs Python 3.11, 3.12 or 3.13; none was found. Install one, or say: make PYTHON=/path/to/python" >&2; exit 2; }
	@"$(PYTHON)" -m venv $(VENV) || { echo "python -m venv failed; on Debian or Ubuntu: apt install python3-venv" >&2; exit 2; }

$(VENV)/.runtime: requirements.lock pyproject.toml tools/plotly_basic.sh | $(VENV)/bin/python
	@echo "Installing Kentongan into $(VENV) (about a minute) ..."
	@$(PIP_INSTALL) --require-hashes -r requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@tools/plotly_basic.sh
	@echo "Compiling what runs over every post (one to two minutes, once) ..."
	@$(BIN)/python -m analytics.warm
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.runtime
	@echo "Installing what the tests need ..."
	@$(PIP_INSTALL) --require-hashes -r requirements-test.lock
	@touch $@

demo: $(VENV)/.runtime ## Fill a demo warehouse and serve it at http://127.0.0.1:8050 (Ctrl-C stops)
	@$(BIN)/kentongan demo --data "$(DEMO_DATA)" --port $(PORT)

run: $(VENV)/.runtime ## Collect and serve with config.toml
	@$(BIN)/kentongan serve

chromium: # Browser tests need Chromium: install it where that is allowed, else say what is missing
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
		if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
		elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
		else false; fi || echo "Chromium is missing and cannot be installed from here: browser tests will be skipped. Install the package 'chromium'."; }

test: $(VENV)/.test chromium ## Run the tests, with a look at every page in Chromium (installed where that is allowed)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not live and (not browser or quick)" -rs $(ARGS)

test-browser: $(VENV)/.test chromium ## Walk through the dashboard in Chromium: every page and task, both languages and themes, a phone
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "browser and not quick" -rs tests/browser $(ARGS)

test-live: $(VENV)/.test ## Run the collectors against real servers: an AT Protocol network, snac, nginx
	@tests/live/install.sh
	@$(BIN)/python -m pytest -m live -rs -v tests/live $(ARGS)

lint: $(VENV)/.test ## Check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

format: $(VENV)/.test ## Format the code
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.test ## Measure speed, as ratios against what one would do otherwise
	@$(BIN)/python -m benchmarks

bench-dashboard: $(VENV)/.test ## Click through every page with 8 users: make bench-dashboard [DATA=folder of `kentongan bench generate`]
	@$(BIN)/python -m benchmarks.bench_dashboard $(if $(DATA),--data "$(DATA)")

train: $(VENV)/.test ## Rebuild the models from KENTONGAN_TRAINING_DATA
	@KENTONGAN_EMBEDDINGS=build/embeddings $(BIN)/python -m training

evaluate: $(VENV)/.test ## Write docs/evaluation from the labelled data and from simulations
	@KENTONGAN_EMBEDDINGS=build/embeddings $(BIN)/kentongan evaluate text $${KENTONGAN_TRAINING_DATA:-../shared/data} --output docs/evaluation/text.md
	@$(BIN)/kentongan evaluate detectors --output docs/evaluation/detectors.md

screenshots: $(VENV)/.test chromium ## Screenshots of every page: light, dark, phone
	@$(BIN)/python -m tools.screenshots --data "$(DEMO_DATA)"

docs: $(VENV)/.test ## Write the documents that are made from the code
	@$(BIN)/python -m tools.write_docs

lock: $(VENV)/bin/python ## Resolve requirements.lock and requirements-test.lock anew
	@$(PIP_INSTALL) uv
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --upgrade -q -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --extra test --extra train --generate-hashes --no-header --no-emit-index-url --upgrade -q -c requirements.lock -o requirements-test.lock

clean: ## Remove what make made (the demo's data too, never your data)
	@rm -rf $(VENV) build *.egg-info "$(DEMO_DATA)" .pytest_cache .mypy_cache .ruff_cache .hypothesis
