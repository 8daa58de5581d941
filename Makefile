# The verbs: up, test, test-unit, test-long, test-pressure, test-cloud, chaos, fuzz, oracle, bench, package, check, format, lock.
# Everything installs itself into .venv first.
.PHONY: up test test-unit test-long test-pressure fuzz oracle test-cloud chaos bench package check lint types format lock clean
PYTHON ?= python3
BIN := .venv/bin

up: .venv/local
	@$(BIN)/analytics up

# What everybody runs before a commit. The slow proofs are in test-long, tests/pressure and tests/cloud: .ci/run has them all.
# Each process starts servers of its own, so two are enough also where there are more cores.
IN_TWO := --numprocesses 2 --dist loadfile
CONFORMANCE := tests/fuzz/test_api_conformance.py
SAYS = @echo "Collecting tests, and starting Valkey and PostgreSQL for each of two processes: the first dots take half a minute"
test: .venv/dev
	$(SAYS)
	$(BIN)/pytest -m "not long" --ignore tests/cloud --ignore tests/cluster --ignore tests/pressure --ignore $(CONFORMANCE) \
	    $(IN_TWO) $(PYTEST_ARGS)

# The pure parts: no server is started.
test-unit: .venv/dev
	$(BIN)/pytest tests/unit $(PYTEST_ARGS)

# The slow proofs: faults under load, bounds of estimates, figures in every zone, every answer against docs/openapi.yaml.
# The last makes its cases while it is collected, for a minute or two: by itself, so that it happens once.
test-long: .venv/dev
	$(SAYS)
	$(BIN)/pytest -m long --ignore tests/cloud --ignore tests/cluster --ignore tests/pressure --ignore $(CONFORMANCE) \
	    $(IN_TWO) $(PYTEST_ARGS)
	@echo "Making cases from docs/openapi.yaml: nothing is printed for a minute or two"
	$(BIN)/pytest $(CONFORMANCE) $(PYTEST_ARGS)

# What slow, greedy and too many clients can do: minutes of waiting for time-outs.
test-pressure: .venv/dev
	$(BIN)/pytest tests/pressure --numprocesses 3 --dist loadfile $(PYTEST_ARGS)

# The long form of tests/fuzz: FUZZ_INPUTS of them, from FUZZ_SEED; it prints what was answered how often.
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

# The bundles and the template as a cloud would run them, offline, and what scales out. Some of it needs Debian's postgresql and
# redis-server, and Python 3.13 (LAMBDA_PYTHON); what is missing is skipped with its reason.
test-cloud: .venv/dev .venv/audit build/bundles/.made build/lambda-runtime/.installed
	$(BIN)/pytest tests/cloud tests/cluster tests/contract/test_citus.py $(PYTEST_ARGS)

# The long proof that nothing acknowledged is lost: about 25 minutes; the short one is in `make test-long`.
SEED ?= 1
EVENTS ?= 1000000
chaos: .venv/dev
	$(BIN)/python -m tests.chaos.run --seed $(SEED) --events $(EVENTS) --page docs/reliability.md

# Speed, beside a peer and beside ceilings, in turn: BENCH=short fits in five minutes, BENCH=long makes the data sets (an
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

# What `make up` needs, and what the tests and checks need beside it.
.venv/local .venv/dev: .venv/%: requirements/%.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@test $* != local || test -x $(BIN)/analytics || $(PYTHON) -m infra.local.ports
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing $$(grep -c == $<) packages of requirements/$*.txt into .venv: a minute or two, once"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# What transforms and audits template.yaml; in a venv of its own, for it wants older libraries than the rest.
.venv/audit: requirements/audit.txt
	@echo "Installing $$(grep -c == $<) packages of requirements/audit.txt into .venv/audit: a minute or two, once"
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

BUNDLED := $(shell find common functions infra -name '*.py' -o -name '*.sql' -o -name '*.lua' -o -name '*.pem' \
    -o -name '*.csv' -o -name '*.txt')
build/bundles/.made: .venv/dev $(BUNDLED)
	@$(BIN)/python -m infra.cloud.package
	@touch $@

# What Lambda's managed runtime brings, and nothing else.
build/lambda-runtime/.installed: .venv/dev requirements/lambda-runtime.txt
	@mkdir -p $(@D) && python=$$($(BIN)/python -m infra.cloud.interpreter) \
	    || { echo "No Python 3.13 (LAMBDA_PYTHON): the bundles are not executed."; exit 0; } \
	    && $$python -m venv --clear $(@D) \
	    && $(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lambda-runtime.txt \
	    && touch $@

# What `sam build` calls, with ARTIFACTS_DIR: build-IngestFunction, build-ProcessFunction, build-StatsFunction,
# build-PollerFunction, build-MigrateFunction. ARCHITECTURE is that of the template's parameter.
ARCHITECTURE ?= arm64
build-%Function:
	@$(or $(wildcard $(BIN)/python),$(PYTHON)) -m infra.cloud.package $(shell echo $* | tr A-Z a-z) \
	    --architecture $(ARCHITECTURE) --folder "$(ARTIFACTS_DIR)"
