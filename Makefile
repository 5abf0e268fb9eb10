# Every target works from a bare clone; none changes a tracked file.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PYTHONUTF8 := 1

.PHONY: run demo test test-long check openapi lock clean
.DEFAULT_GOAL := run

run: $(STAMP)
	@exec $(BIN)/jiebang up --seed $(ARGS)

demo: $(STAMP)
	@exec $(BIN)/jiebang demo --json $(ARGS)

test: $(STAMP)
	$(BIN)/pytest -m "not long" $(ARGS)

test-long: $(STAMP)
	$(BIN)/pytest -m long $(ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/jiebang openapi --check docs/openapi.json
	$(BIN)/jiebang check-migrations

openapi: $(STAMP)
	$(BIN)/jiebang openapi --write docs/openapi.json

# For maintainers: needs uv on the PATH.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --no-strip-extras requirements.in -o requirements.lock

clean:
	rm -rf $(VENV)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Jiebang needs Python 3.11 or newer with venv; none was found."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@
