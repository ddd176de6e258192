# holdfast: `make run` and `make test` do all of their own set-up.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
AZURITE := $(VENV)/npm/node_modules/.package-lock.json
KEYSTONE := $(VENV)/keystone/installed
CONSOLE := src/holdfast/web/static/vendor/libraries.json
CONSOLE_TOOLS := $(VENV)/web/installed
DATA ?= holdfast-data
LISTEN ?= 127.0.0.1:8776
PATHS ?= /etc
# Tests start holdfast hundreds of times: what is compiled once is kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-test programs run test format lint types contracts tests screenshots bench bench-primitives bench-dispatch bench-tasks bench-console bench-http clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# A Debian without python3-venv has no ensurepip: the environment is made without pip, and the machine's pip fills it.
$(UV):
	@echo "• making the virtual environment $(VENV)"
	@$(PYTHON) -m venv --without-pip $(VENV)
	@echo "• installing uv into it"
	@$(PYTHON) -m pip --python $(VENV)/bin/python install --quiet --disable-pip-version-check uv

# uv trusts its own list of authorities; a site with an authority of its own has it in the system's list.
define sync
	@$(UV) sync --quiet --frozen --inexact --compile-bytecode $(1) 2>/dev/null || $(UV) sync --quiet --frozen --inexact --compile-bytecode --system-certs $(1)
endef

keystone = $(UV) pip install --quiet $(1) --python $(VENV)/keystone/bin/python --requirement tests/wire/keystone.txt

# The console's libraries, as libraries.json has them: by Python alone, no Node.js is needed.
$(CONSOLE): src/holdfast/web/libraries.json hatch_build.py
	@echo "• fetching the console's libraries as listed in $<"
	@$(PYTHON) hatch_build.py

setup: $(UV) $(CONSOLE) ## prepare .venv with what holdfast needs
	@echo "• installing holdfast and its libraries as locked in uv.lock"
	$(call sync,--no-dev)

setup-test: $(UV) $(CONSOLE) programs $(AZURITE) $(KEYSTONE) $(CONSOLE_TOOLS)
	@echo "• installing holdfast, its libraries and the test tools as locked in uv.lock"
	$(call sync,)

# The tests speak Azure Blob to Azurite; a machine without npm skips them.
$(AZURITE): tests/store/npm/package-lock.json | $(UV)
	@if command -v npm >/dev/null; then \
	  echo "• installing Azurite as locked in $<"; \
	  mkdir -p $(VENV)/npm && cp tests/store/npm/package*.json $(VENV)/npm/ && \
	  { npm ci --prefix $(VENV)/npm --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; } || \
	  echo "• Azurite could not be installed: the tests of Azure Blob will be skipped"; \
	else echo "• npm is not here: the tests of Azure Blob will be skipped"; fi

# The scripts of the console are formatted, linted and held to types; its pages are checked with axe.
$(CONSOLE_TOOLS): tests/web/npm/package-lock.json | $(UV)
	@if command -v npm >/dev/null; then \
	  echo "• installing the tools of the console as locked in $<"; \
	  mkdir -p $(VENV)/web && cp tests/web/npm/package*.json $(VENV)/web/ && \
	  npm install --prefix $(VENV)/web --no-save --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	else echo "• npm is not here, and the console cannot be checked without it" && exit 1; fi

# A test trusts a real Keystone, whose libraries need an environment of their own.
$(KEYSTONE): tests/wire/keystone.txt | $(UV)
	@echo "• installing Keystone as locked in $<"
	@$(UV) venv --quiet --clear --python $(VENV)/bin/python $(VENV)/keystone && \
	  { $(call keystone,) 2>/dev/null || $(call keystone,--system-certs); } && touch $@ || \
	  echo "• Keystone could not be installed: the tests of an external Keystone will be skipped"

# The tests hold our vaults against stock restic, restore a real ext4 image, and look at the console in a browser.
programs:
	@missing=""; \
	command -v restic >/dev/null || missing="$$missing restic"; \
	command -v chromium >/dev/null || missing="$$missing chromium fonts-inter"; \
	{ command -v mkfs.ext4 || test -x /sbin/mkfs.ext4; } >/dev/null || missing="$$missing e2fsprogs"; \
	if [ -n "$$missing" ]; then \
	  echo "• installing$$missing from Debian"; \
	  sudo=""; [ "$$(id -u)" = 0 ] || sudo="sudo"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi

run: setup ## start holdfast, protect PATHS="…" (default /etc), make the first backup, keep serving
	@$(VENV)/bin/holdfast up --data "$(DATA)" --listen "$(LISTEN)" $(PATHS)

test: setup-test ## everything CI runs
	@$(MAKE) --no-print-directory -j 2 lint types contracts tests

lint: ## format and lint
	@echo "• format and lint"
	@$(VENV)/bin/ruff format --check --quiet . && $(VENV)/bin/ruff check --quiet .
	@$(VENV)/web/node_modules/.bin/biome check --error-on-warnings --reporter=summary . >/dev/null || $(VENV)/web/node_modules/.bin/biome check --error-on-warnings .

types: ## strict types
	@echo "• types"
	@$(VENV)/bin/mypy
	@$(VENV)/web/node_modules/.bin/tsc -p tests/web

contracts: ## the floors of the house
	@echo "• import contracts"
	@$(VENV)/bin/lint-imports --no-logo

tests: ## all tests, on SQLite and PostgreSQL
	@echo "• tests"
	@$(VENV)/bin/pytest -q -n 2 --dist loadfile --no-loadscope-reorder

format: ## put the code into its format
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .
	@$(VENV)/web/node_modules/.bin/biome check --write .

screenshots: setup-test ## take the pictures of the console that docs/use/console shows
	@mkdir -p docs/use/console && HOLDFAST_SHOTS=docs/use/console $(VENV)/bin/pytest -q tests/web

# SETS="tree image" takes some of the data sets; BENCH_DIR names the work folder (docs/benchmarks.md)
bench: setup-test ## speed beside restic and borg; SCALE=0.1 is a small run, SETS=tree a part, FRESH=1 a new one
	@$(VENV)/bin/python -m bench $(addprefix --scale ,$(SCALE)) $(if $(SETS),--data $(SETS)) \
	  $(addprefix --runs ,$(RUNS)) $(addprefix --page ,$(PAGE)) $(if $(FRESH),--fresh)

bench-primitives: setup-test ## the limit of this machine, and which share of it the last `make bench` reached
	@$(VENV)/bin/python -m bench.primitives

bench-dispatch: setup-test ## how fast waiting tasks start, with 10 and with 10,000 of them (docs/benchmarks.md)
	@$(VENV)/bin/python -m bench.dispatch

# BENCH_DIR names the work folder: ten million tasks take some 20 GiB of it in each database (docs/benchmarks.md)
bench-tasks: setup-test ## how fast tasks are found; SIZES="10000 1000000" DATABASES=sqlite PARTS=queries FRESH=1 STEPS=--generate
	@$(VENV)/bin/python -m bench.tasks $(addprefix --page ,$(PAGE)) $(if $(SIZES),--sizes $(SIZES)) \
	  $(if $(DATABASES),--databases $(DATABASES)) $(if $(PARTS),--parts $(PARTS)) $(if $(FRESH),--fresh) $(STEPS)

bench-console: setup-test ## how fast the console is in a browser, with a million tasks; TASKS=100000 is a small run
	@$(VENV)/bin/python -m bench.console $(TASKS)

bench-http: setup-test ## what the HTTP stack costs (docs/decisions/0001-http-stack.md)
	@$(VENV)/bin/python bench/http_stack.py

clean: ## remove the virtual environment and caches (never data)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
