# The verbs: up, demo, test, test-unit, test-long, test-groups, test-pressure, test-browser, test-clients, test-cloud, chaos, fuzz, oracle, bench, package,
# tracker, screenshots, check, format, lock.
# Everything installs itself into .venv first.
.PHONY: up demo screenshots test test-unit test-long test-groups test-pressure test-browser test-clients tracker fuzz oracle test-cloud chaos bench package check lint types format lock clean
PYTHON ?= python3
BIN := .venv/bin
# Where it is set, each of the many processes that the tests start compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE

up: .venv/local
	@$(BIN)/analytics up

# Fills the site `demo` with 90 days of traffic through the running system (`make up` in another terminal).
demo: .venv/local
	@$(BIN)/analytics demo

# Pictures of the demo site for README.md and docs/, through chromium. The system has to run, with its demo.
screenshots: .venv/dev
	$(BIN)/python -m infra.dashboard.screenshots $(STATS_URL)

# Run this before a commit. The slow tests are in test-long, tests/pressure and tests/cloud; .ci/run runs them all.
# Each process starts its own servers, so two processes are enough even on a machine with more cores.
IN_TWO := --numprocesses 2 --dist loadfile
# Only the conformance test needs the first of these plugins, whose import takes a second; no test needs the others.
WITHOUT := -p no:schemathesis -p no:anyio -p no:platformdirs -p no:valkey
CONFORMANCE := tests/fuzz/test_api_conformance.py
ELSEWHERE := --ignore tests/browser --ignore tests/clients --ignore tests/cloud --ignore tests/cluster --ignore tests/pressure
SAYS = @echo "Collecting tests, and starting Valkey and PostgreSQL for each of two processes: the first dots take half a minute"
test: .venv/dev
	$(SAYS)
	$(BIN)/pytest -m "not long" $(ELSEWHERE) --ignore $(CONFORMANCE) \
	    $(IN_TWO) $(WITHOUT) $(PYTEST_ARGS)

# Tests of the pure parts, which start no server.
test-unit: .venv/dev
	$(BIN)/pytest tests/unit $(IN_TWO) $(WITHOUT) $(PYTEST_ARGS)

# The slow tests: faults under load, bounds of estimates, figures in every zone, what docs/ tells to run, and every answer
# against docs/openapi.yaml.
# The last one generates its cases during collection (a minute or two). It runs separately, so that this happens once.
test-long: .venv/dev
	$(SAYS)
	$(BIN)/pytest -m long $(ELSEWHERE) --ignore $(CONFORMANCE) \
	    $(IN_TWO) $(WITHOUT) $(PYTEST_ARGS)
	@echo "Making cases from docs/openapi.yaml: nothing is printed for a minute or two"
	$(BIN)/pytest $(CONFORMANCE) $(PYTEST_ARGS)

# The tests of tests/contract once more, with two groups in place of one database (tests/contract/everywhere.py).
test-groups: .venv/dev
	TEST_GROUPS=1 $(BIN)/pytest -m "not long" tests/contract \
	    $(IN_TWO) $(WITHOUT) $(PYTEST_ARGS)

# Tests with slow, greedy and too many clients. They wait minutes for time-outs.
test-pressure: .venv/dev
	$(BIN)/pytest tests/pressure --numprocesses 3 --dist loadfile $(PYTEST_ARGS)

# Tests of what runs in a browser, in a real one: Debian's chromium, or Chrome, or what CHROMIUM names.
test-browser: .venv/dev
	$(BIN)/pytest tests/browser $(PYTEST_ARGS)

# Tests with other trackers' published clients, from npm and PyPI in pinned versions, before a running system.
test-clients: .venv/dev .venv/clients .venv/clickhouse build/clients/.installed
	$(BIN)/pytest tests/clients $(PYTEST_ARGS)

# Makes functions/ingest/tracker/*.js from their sources. Needs Node 20 and npm; tests/browser says if it was forgotten.
tracker:
	@mkdir -p build/tracker && cp infra/tracker/* infra/tracker/.npmrc build/tracker
	@cd build/tracker && npm ci --no-audit --no-fund --silent
	@node build/tracker/build.mjs functions/ingest/tracker/source functions/ingest/tracker

# The long form of tests/fuzz: FUZZ_INPUTS inputs, generated from FUZZ_SEED. It prints how often each answer came.
FUZZ_INPUTS ?= 100000
FUZZ_SEED ?= $(shell date +%s)
fuzz: .venv/dev
	FUZZ_INPUTS=$(FUZZ_INPUTS) FUZZ_SEED=$(FUZZ_SEED) \
	    $(BIN)/pytest tests/fuzz --numprocesses 2 --dist worksteal $(PYTEST_ARGS)

# The long form of tests/oracle: ORACLE_CASES queries about histories from ORACLE_SEED, and a site with a million visitors.
ORACLE_CASES ?= 10000
ORACLE_SEED ?= $(shell date +%s)
oracle: .venv/dev
	ORACLE_CASES=$(ORACLE_CASES) ORACLE_SEED=$(ORACLE_SEED) $(BIN)/pytest tests/oracle $(PYTEST_ARGS)

# Tests the bundles and the template offline, as a cloud would run them, and scaling out. Some tests need Debian's
# postgresql and redis-server, and Python 3.13 (LAMBDA_PYTHON). Tests that lack something are skipped with the reason.
test-cloud: .venv/dev .venv/audit build/bundles/.made build/lambda-runtime/.installed
	$(BIN)/pytest tests/cloud tests/cluster $(PYTEST_ARGS)

# The long test that nothing acknowledged is lost (about 25 minutes). A short one is in `make test-long`.
SEED ?= 1
EVENTS ?= 1000000
chaos: .venv/dev
	$(BIN)/python -m tests.chaos.run --seed $(SEED) --events $(EVENTS) --page docs/reliability.md

# Speed, beside a peer and beside ceilings, in turn: BENCH=short takes some minutes, BENCH=long makes the data sets (an
# hour or two) and takes 45. Needs Node 20, npm and wrk. BENCH_ARGS="--only ingest processor" measures some of it.
BENCH ?= short
bench: .venv/dev build/bundles/.made
	$(BIN)/python -m bench --form $(BENCH) --page docs/performance.md $(BENCH_ARGS)

package: build/bundles/.made
	@du -h build/bundles/*/*.zip

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

# The packages that `make up` needs, and those that the tests and checks need as well.
.venv/local .venv/dev: .venv/%: requirements/%.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@test $* != local || test -x $(BIN)/analytics || $(PYTHON) -m infra.local.ports
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing $$(grep -c == $<) packages of requirements/$*.txt into .venv: a minute or two, once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The tools that transform and audit template.yaml. They need older libraries, so they get their own venv.
.venv/audit: requirements/audit.txt
	@echo "Installing $$(grep -c == $<) packages of requirements/audit.txt into .venv/audit: a minute or two, once"
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Other trackers' clients. Those from PyPI want libraries of their own, so they get their own venv.
.venv/clients: requirements/clients.txt
	@echo "Installing $$(grep -c == $<) packages of requirements/clients.txt into .venv/clients"
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# A ClickHouse (530 MB), for what is asked of those of other trackers.
.venv/clickhouse: requirements/clickhouse.txt
	@echo "Installing a ClickHouse into .venv/clickhouse"
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

build/clients/.installed: tests/clients/package-lock.json
	@mkdir -p $(@D) && cp tests/clients/package.json tests/clients/package-lock.json tests/clients/.npmrc $(@D)
	@command -v npm >/dev/null || { echo "No npm: other trackers' clients are not tried."; exit 0; } \
	    && (cd $(@D) && npm ci --ignore-scripts --no-audit --no-fund --silent) && touch $@

BUNDLED := $(shell find common functions infra -name '*.py' -o -name '*.sql' -o -name '*.lua' -o -name '*.pem' \
    -o -name '*.csv' -o -name '*.txt' -o -name '*.html')
build/bundles/.made: .venv/dev $(BUNDLED)
	@$(BIN)/python -m infra.cloud.package
	@touch $@

# Only the packages that Lambda's managed runtime includes.
build/lambda-runtime/.installed: .venv/dev requirements/lambda-runtime.txt
	@mkdir -p $(@D) && python=$$($(BIN)/python -m infra.cloud.interpreter) \
	    || { echo "No Python 3.13 (LAMBDA_PYTHON): the bundles are not executed."; exit 0; } \
	    && $$python -m venv --clear $(@D) \
	    && $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lambda-runtime.txt \
	    && touch $@

# `sam build` calls these with ARTIFACTS_DIR: build-IngestFunction, build-ProcessFunction, build-StatsFunction,
# build-PollerFunction, build-ReportsFunction, build-MigrateFunction. ARCHITECTURE is the template's parameter of that name.
ARCHITECTURE ?= arm64
build-%Function:
	@$(or $(wildcard $(BIN)/python),$(PYTHON)) -m infra.cloud.package $(shell echo $* | tr A-Z a-z) \
	    --architecture $(ARCHITECTURE) --folder "$(ARTIFACTS_DIR)"
