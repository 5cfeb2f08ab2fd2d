# Everything a person needs. `make` alone prints what there is.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/pip --disable-pip-version-check -q
STAMPS := .make
CLIENTS := .venv-clients
comma  := ,
PORT   ?= 8000
# gpu: with onnxruntime-gpu; empty: without torch, and the tests that need it are skipped
EXTRA  ?= cpu
ARGS   ?=

WEB_SOURCES := $(shell find web/src web/demo web/bench -type f 2>/dev/null) web/package.json web/vite.config.ts

.DEFAULT_GOAL := help
.PHONY: help setup demo page test test-python test-web check format bench clean

help: ## show this list
	@echo "rtseg: live object outlines for any camera"
	@echo
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
	  || grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST)
	@echo
	@echo "  make demo PORT=9000 ARGS='--host 0.0.0.0'   other address"

setup: $(STAMPS)/dev page ## set up everything for development in .venv and web/node_modules

demo: $(STAMPS)/base page ## start the server and open its page in a browser
	$(BIN)/rtseg demo --port $(PORT) $(ARGS)

page: rtseg/server/page/index.html ## build the page into the package

test: setup $(STAMPS)/browser $(STAMPS)/clients ## run all tests, those with a browser and the services' clients included
	$(MAKE) --no-print-directory test-web
	$(MAKE) --no-print-directory test-python

test-web: $(STAMPS)/web
	cd web && npm test --silent

test-python: $(STAMPS)/dev
	$(BIN)/pytest $(ARGS)

check: setup ## ruff, mypy, import-linter, tsc, eslint, prettier
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd web && npm run --silent check

format: setup ## format everything
	$(BIN)/ruff check --fix -q . || true
	$(BIN)/ruff format -q .
	cd web && npm run --silent format

bench: setup $(STAMPS)/browser ## measure camera to outline on this machine: make bench VIDEO=clip.mp4
	@test -n "$(VIDEO)" || { echo "name a clip: make bench VIDEO=clip.mp4"; exit 2; }
	$(BIN)/rtseg bench live --video "$(VIDEO)" $(ARGS)

clean: ## remove what was built; .venv and node_modules stay
	rm -rf $(STAMPS) rtseg/server/page web/dist dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

# What the targets above stand on.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "rtseg needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMPS)/base: $(BIN)/python pyproject.toml constraints.txt
	@mkdir -p $(STAMPS)
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(STAMPS)/dev: $(BIN)/python pyproject.toml constraints.txt
	@mkdir -p $(STAMPS)
	$(PIP) install -c constraints.txt -e '.[dev$(addprefix $(comma),$(EXTRA))]'
	@touch $@ $(STAMPS)/base

$(STAMPS)/web: web/package.json web/package-lock.json
	@mkdir -p $(STAMPS)
	@command -v npm >/dev/null || { echo "the page is built with Node 20 or newer; install it, then try again"; exit 1; }
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

rtseg/server/page/index.html: $(STAMPS)/web $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

# The services' own clients, for the tests of the image APIs; without them those are skipped. Of
# moondream's dependencies only Pillow is wanted: the other one is its engine for local models, with
# gigabytes of torch and CUDA.
$(STAMPS)/clients: $(BIN)/python tests/clients/requirements.txt tests/clients/node/package-lock.json
	@mkdir -p $(STAMPS)
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/pip --disable-pip-version-check -q install -r tests/clients/requirements.txt
	$(CLIENTS)/bin/pip --disable-pip-version-check -q install --no-deps moondream==2.6.1
	cd tests/clients/node && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# A Chromium for the browser tests: one that is there, else the distribution's, else Playwright's.
$(STAMPS)/browser: $(STAMPS)/dev
	$(BIN)/python -m rtseg.bench.browser >/dev/null 2>&1 \
	  || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	       && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } \
	  || $(BIN)/playwright install chromium
	@$(BIN)/python -m rtseg.bench.browser
# The distribution's Firefox runs the same page in a test of its own, which is skipped without one.
	@command -v firefox-esr >/dev/null || command -v firefox >/dev/null \
	  || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	       && { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq firefox-esr >/dev/null 2>&1 \
	            || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq firefox >/dev/null 2>&1; }; } \
	  || echo "no Firefox here: its test will be skipped"
	@touch $@
