# Everything here works from a bare Linux machine with Python 3.11 or newer, as root or as anybody. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

MODERN = $(1) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(1)
ifndef PYTHON
PYTHON := $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell $(call MODERN,$(name)))) python3)
endif

VENV := .venv
BIN := $(VENV)/bin
hash = $(shell cat $(1) | sha256sum | cut -c1-16)
RUN_STAMP := $(VENV)/installed-run-$(call hash,requirements.txt constraints.txt)
TEST_STAMP := $(VENV)/installed-test-$(call hash,requirements.txt requirements-test.txt constraints.txt)

# Servers of others, which do not get on with our packages, for `make bench`.
PEERS := fastkokoro==0.7.0 onnxruntime==1.31.1 piper-tts[http]==1.8.0
PEERS_STAMP := var/peers/installed

# For commands that read the settings but talk to no server.
SETTINGS := TTSPLATFORM_MODE=embedded SECRET_KEY=none API_KEY_PEPPER=none LINK_SECRET=none \
            DATABASE_URL=postgresql://127.0.0.1/none REDIS_URL=redis://127.0.0.1/0

.PHONY: help run test lint bench models pins browser screenshots clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do printf '  make %-8s %s\n' "$$name" "$$what"; done

run: $(RUN_STAMP) ## the whole platform on this machine (PORT=…, VAR_DIR=…, MODELS_DIR=…); Ctrl-C stops it
	@exec $(BIN)/python -m ttsplatform.embedded

test: $(TEST_STAMP) browser ## lint, then every test on real servers and models, on two cores in two halves at once (ARGS='tests/jobs -x' runs some)
	@$(SETTINGS) $(BIN)/python manage.py models pull --test
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m $(if $(strip $(ARGS)),pytest $(ARGS),tests.halves)

# Debian's, which Playwright drives; only root can install it.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	echo "Installing Chromium (once)" && { apt-get update -qq || true; } && \
	DEBIAN_FRONTEND=noninteractive timeout 900 apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	echo "Chromium is missing, and tests/browser fails without it. On Debian and Ubuntu: apt-get install chromium"

screenshots: $(TEST_STAMP) browser ## pictures of every page of the console, wide and narrow, light and dark: var/screenshots
	@$(BIN)/python -m tools.screenshots

lint: $(TEST_STAMP) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(SETTINGS) $(BIN)/mypy .

bench: $(TEST_STAMP) $(PEERS_STAMP) ## speed, side by side: a table and JSON (ARGS=… are passed on)
	$(BIN)/python -m bench $(ARGS)

models: $(RUN_STAMP) ## fetch and check the default models
	@$(SETTINGS) $(BIN)/python manage.py models pull --default

pins: $(TEST_STAMP) ## write constraints.txt and docs/licences.md from what is installed
	$(BIN)/python -m tools.dependencies

clean: ## remove .venv and var/ with all its data and accounts (models/ stays)
	rm -rf "$$(readlink -f var/postgres || true)" var $(VENV) .mypy_cache .ruff_cache .pytest_cache staticfiles

# Installed once for each content of the requirement files, whatever their dates.
$(RUN_STAMP): | $(BIN)/pip
	@$(call install,requirements.txt)
	@touch $@

$(TEST_STAMP): | $(BIN)/pip
	@$(call install,requirements-test.txt)
	@touch $(RUN_STAMP) $@

$(PEERS_STAMP): Makefile | $(BIN)/pip
	@echo "Installing the peers of the benches into var/peers (once)"
	@$(BIN)/python -m venv --clear var/peers
	@var/peers/bin/pip install --quiet --disable-pip-version-check --progress-bar off $(patsubst %,'%',$(PEERS))
	@touch $@

$(BIN)/pip:
	@command -v $(PYTHON) >/dev/null || { echo "Python is missing. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) --version) is too old: 3.11 or newer is needed. Name one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV)

# What stands in a file as "# --no-deps PACKAGE" is installed without what it asks for.
# pip says much; its whole output is in .venv/pip.log, and shown where it fails.
define install
rm -f $(VENV)/installed-*; echo "Installing $(1) into $(VENV) (once)"; \
$(BIN)/pip install --disable-pip-version-check --progress-bar off -r $(1) 2>&1 | tee $(VENV)/pip.log | \
awk '/^Collecting|^Processing/ { if (++n % 25 == 0) { printf "  %d packages found\n", n; fflush() } } \
     /^  Downloading .*\(([0-9][0-9][0-9]?[0-9]?(\.[0-9])? MB|[0-9.]+ GB)\)/ { sub(/-[0-9].*\(/, " ("); print; fflush() } \
     /^Installing collected/ { print "  unpacking them ..."; fflush() }' || { tail -n 20 $(VENV)/pip.log; exit 1; }; \
alone=$$(sed -n 's/^# --no-deps //p' $(1)); \
[ -z "$$alone" ] || $(BIN)/pip install --disable-pip-version-check --quiet --no-deps $$alone
endef
