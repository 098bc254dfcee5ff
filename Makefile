# `make` alone tells what there is to make: the words behind ## on the line of each target.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install
PYTHON ?= $(shell command -v python3.11 || command -v python3)
CHROMIUM := /usr/bin/chromium
DATA := $(or $(ANJUAN_DATA_FOLDER),data)
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test check bench lock messages schema clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: export ANJUAN_DEMONSTRATION := yes
run: $(DATA)/.demonstration ## Serve the demonstration on http://127.0.0.1:8000, building it where there is none
	$(BIN)/anjuan serve

test: export PYTHONDONTWRITEBYTECODE =
test: export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell echo $$(($$(nproc) + 1)))
test: check | $(CHROMIUM) ## Run every check and every test, the browser's too
	$(BIN)/pytest -n auto

check: $(VENV)/.develop $(VENV)/.project $(VENV)/.texts ## Run the checks that only read the code: style, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.develop $(VENV)/.project $(VENV)/.texts ## Measure speed and memory beside the raw engines
	@set -e; for script in bench/*.py; do echo "$$script"; $(BIN)/python "$$script"; done

lock: | $(BIN)/python ## Choose the newest allowed version of every dependency anew
	$(PIP) uv
	$(LOCK) --upgrade --group build pyproject.toml --output-file requirements.lock
	$(LOCK) --upgrade --group build --extra develop --constraint requirements.lock pyproject.toml \
		--output-file requirements-develop.lock

messages: $(VENV)/.project ## Collect the texts shown to users into the catalogues to be translated
	$(BIN)/python scripts/messages.py
	$(BIN)/python scripts/messages.py --compile

schema: $(VENV)/.develop $(VENV)/.project ## Write the first migration anew from the models
	$(BIN)/python scripts/migration.py

clean: ## Remove what was made here, save the data
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache test-results
	find . -name __pycache__ -prune -exec rm -rf {} +
	rm -f web/translations/*/LC_MESSAGES/*.mo

# Set-up. Each stamp lies in the environment it speaks of, so both go together.

$(BIN)/python:
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed; name it as in: make PYTHON=/path/to/python3.' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(call debian,python3-venv,Virtual environments need python3-venv)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock | $(BIN)/python
	@echo 'Installing what the program needs; the first time takes a minute or two.'
	@$(PIP) --require-hashes --no-deps -r requirements.lock
	@touch $@

$(VENV)/.develop: requirements-develop.lock $(VENV)/.run
	@echo 'Installing what the tests need.'
	@$(PIP) --require-hashes --no-deps -r requirements-develop.lock
	@touch $@

# The compatible mode puts the tree itself on the path: a new room is found without installing again.
$(VENV)/.project: pyproject.toml $(VENV)/.run
	@$(PIP) --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/.texts: scripts/messages.py $(wildcard web/translations/*/LC_MESSAGES/*.po) $(VENV)/.run
	@$(BIN)/python scripts/messages.py --compile
	@touch $@

$(DATA)/.demonstration: | $(VENV)/.project $(VENV)/.texts
	$(BIN)/anjuan demo
	@touch $@

$(CHROMIUM):
	@$(call debian,chromium fonts-noto-cjk,The browser tests need Chromium and a Chinese typeface)

# debian PACKAGES, WHY: install Debian's packages as root, or say what to install.
debian = { if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(1); \
	else echo '$(2). As root: apt-get install $(1)' >&2; exit 1; fi; }
