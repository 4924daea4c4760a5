.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-browser check fix dev clean
RECIPE ?= demo
PYTHON_BIN := .venv/bin/python

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

setup: ## Install everything: system packages, .venv, embedded models (TORCH=cpu|cuda to choose)
	@scripts/setup.sh

demo: setup ## Run the demo: two books in, an evaluated model and a report out
	@$(PYTHON_BIN) examples/school_reader/typeset.py examples/inbox
	@$(PYTHON_BIN) -m sensors run $(RECIPE)

test: setup ## Run the tests
	@$(PYTHON_BIN) -m pytest

test-slow: setup ## Run the long suites: hundreds of kills, every hostile PDF, real texts end to end
	@$(PYTHON_BIN) -m pytest -m slow

test-browser: ## Open the UI and the report in a real browser (installs Chromium on Debian)
	@scripts/setup.sh chromium
	@$(PYTHON_BIN) -m pytest -m browser

check: setup ## Style, types, import contracts, definitions
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PYTHON_BIN) -m sensors validate

fix: setup ## Mend what the style checker can mend
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

dev: setup ## Open the Dagster UI on http://127.0.0.1:3000
	@$(PYTHON_BIN) examples/school_reader/typeset.py examples/inbox
	@$(PYTHON_BIN) -m sensors dev

clean: ## Remove what runs and builds have made here (models in the cache stay)
	rm -rf .dagster .dutar .venv build examples/inbox *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
