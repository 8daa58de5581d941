# The verbs: up, test, check, lock. Everything installs itself into .venv first.
.PHONY: up test check lint types format lock clean
PYTHON ?= python3
BIN := .venv/bin

up: .venv/local
	@$(BIN)/analytics up

test: .venv/dev
	$(BIN)/pytest $(PYTEST_ARGS)

check: lint types

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/dev
	PATH="$(CURDIR)/$(BIN):$$PATH" sh infra/lock.sh

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# What `make up` needs, and what the tests and checks need beside it.
.venv/local .venv/dev: .venv/%: requirements/%.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing requirements/$*.txt into .venv (the first time takes a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# What transforms and audits template.yaml; in a venv of its own, for it wants older libraries than the rest.
.venv/audit: requirements/audit.txt
	@echo "Installing requirements/audit.txt into .venv/audit (the first time takes a minute)"
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
