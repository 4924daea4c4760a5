.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-browser test-services test-label-studio peers check fix dev label-studio label-studio-stop clean
RECIPE ?= demo
PORT ?= 8080
PYTHON_BIN := .venv/bin/python
SERVE_NEWS := $(PYTHON_BIN) examples/news_site/serve.py --port 8791 --

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

setup: ## Install everything: system packages, .venv, embedded models (TORCH=cpu|cuda to choose)
	@scripts/setup.sh

demo: setup ## Run the demo: books and news in, a released model and a report out (RECIPE=..., SAMPLE=200 to try)
	@$(PYTHON_BIN) examples/school_reader/typeset.py examples/inbox
	@$(SERVE_NEWS) $(PYTHON_BIN) -m sensors run $(RECIPE) $(if $(SAMPLE),--sample $(SAMPLE))

test: setup ## Run the tests
	@$(PYTHON_BIN) -m pytest

test-slow: setup ## Run the long suites: hundreds of kills, every hostile PDF, real texts end to end
	@$(PYTHON_BIN) -m pytest -m slow

test-browser: ## Open the UI and the report in a real browser (installs Chromium on Debian)
	@scripts/setup.sh chromium
	@$(PYTHON_BIN) -m pytest -m browser

test-services: setup ## Run the services of docker-compose.yml on a real PostgreSQL (installs it on Debian)
	@scripts/setup.sh postgresql
	@$(PYTHON_BIN) -m pytest tests/end_to_end/test_services.py -m "slow or not slow"

test-label-studio: setup ## Push to, review in and pull from a real Label Studio, by hand and by browser
	@scripts/setup.sh chromium
	@scripts/label_studio.sh install
	@$(PYTHON_BIN) -m pytest tests/annotation_server -m "slow or browser"

peers: setup ## Install other people's aligners, each apart, for `python -m benchmarks.aligners`
	@scripts/peers.sh

check: setup ## Style, types, import contracts, definitions
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/mypy --explicit-package-bases $(wildcard benchmarks/*.py)
	@.venv/bin/lint-imports
	@$(PYTHON_BIN) -m sensors validate

fix: setup ## Mend what the style checker can mend
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

dev: setup ## Open the Dagster UI on http://127.0.0.1:3000
	@$(PYTHON_BIN) examples/school_reader/typeset.py examples/inbox
	@$(SERVE_NEWS) $(PYTHON_BIN) -m sensors dev

label-studio: setup ## Start Label Studio for the recipe's annotators (PORT=8080); see docs/label_studio.md
	@scripts/label_studio.sh start --recipe $(RECIPE) --port $(PORT)

label-studio-stop: ## Stop it; everything in it stays
	@scripts/label_studio.sh stop

clean: ## Remove what runs and builds have made here (models in the cache and people's reviews stay)
	if [ -d .dutar ]; then find .dutar -mindepth 1 -maxdepth 1 ! -name label-studio -exec rm -rf {} +; fi
	rm -rf .dagster .venv .venv-label-studio .peers build examples/inbox *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
