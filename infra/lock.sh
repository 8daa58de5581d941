#!/bin/sh
# Writes the lock files (pinned versions with hashes, no index address) from pyproject.toml.
set -eu
lock() { # FILE EXTRA...
    out=$1; shift
    extras=""; for extra in "$@"; do extras="$extras --extra $extra"; done
    # shellcheck disable=SC2086
    uv pip compile pyproject.toml $extras --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --no-annotate --quiet --output-file "$out"
}
lock requirements/local.txt ingest process stats poller host migrate cli local build
lock requirements/dev.txt ingest process stats poller host migrate cli local build traces dev
for function in ingest process stats; do
    lock "functions/$function/requirements.txt" "$function" host
    lock "functions/$function/requirements-lambda.txt" "$function"
done
lock requirements/traces.txt ingest process stats host traces
lock infra/poller/requirements.txt poller migrate cli aws
lock infra/poller/requirements-lambda.txt scheduled
lock infra/reports/requirements-lambda.txt reports
lock infra/cloud/requirements-lambda.txt migrate
# What Lambda's managed runtime has: the bundles are executed on it, and on nothing else.
printf 'awslambdaric\nboto3\n' | uv pip compile - --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/lambda-runtime.txt
# Other trackers' clients, for tests/clients: each as its users have it, in a venv of their own.
uv pip compile tests/clients/requirements.in --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/clients.txt
# ClickHouse, which those of Plausible and PostHog keep their events in; it does without what it names for data frames.
printf 'chdb-core\n' | uv pip compile - --no-deps --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/clickhouse.txt
# What transforms and audits template.yaml, in a venv of its own: it wants older libraries than the rest.
printf 'aws-sam-translator\ncheckov\n' | uv pip compile - --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements/audit.txt
