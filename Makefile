# Paperboy: `make run` to try it, `make test` to know that it works.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: install run test tests compiled lint format bench prove pictures lock clean
.DEFAULT_GOAL := run

install: $(STAMP)

$(STAMP): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Paperboy needs Python 3.11 or newer: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Paperboy into $(VENV) (once; about a minute)..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e . >&2
	@# Where Python may not write byte code (PYTHONDONTWRITEBYTECODE), each start would compile all of it.
	@$(BIN)/python -m compileall -q bot
	@touch $@

run: $(STAMP)
	@$(BIN)/paperboy run

# The linters run beside the tests: both cores have something to do from the beginning.
test: export PYTHONDONTWRITEBYTECODE =
test: $(STAMP)
	@$(MAKE) --no-print-directory -j 2 lint tests

tests: compiled
	$(BIN)/python -m pytest -n 6 --dist worksteal

# The workers share what one process has compiled.
compiled: $(STAMP)
	@$(BIN)/python -m pytest --collect-only -qq >/dev/null 2>&1 || true # the tests will say why

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Real processes, killed, frozen and cut off for a quarter of an hour: nothing lost, nothing doubled.
prove: $(STAMP)
	$(BIN)/python -m tests.prove

bench: $(STAMP)
	$(BIN)/python -m benchmarks

# Needs Chromium and a Korean font beside what `make install` brings.
pictures: $(STAMP)
	$(BIN)/python -m docs.pictures

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links pyproject.toml

# What runs is what was tested: the second lock is a part of the first.
lock: $(STAMP)
	$(LOCK) --extra dev -o requirements-dev.txt
	$(LOCK) --constraint requirements-dev.txt -o requirements.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
