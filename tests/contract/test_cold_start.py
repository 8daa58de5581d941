"""What the benchmark takes for a cold start: each function answers its first request, and ends."""

import subprocess
import sys

import pytest

from bench.processes import clean_env
from infra.local.stack import PROJECT


@pytest.mark.parametrize("function", ["ingest", "process", "stats"])
def test_a_function_that_is_started_for_one_request_answers_it_and_ends(
    function: str, valkey_url: str, database_url: str
) -> None:
    env = clean_env(PROJECT) | {"REDIS_URL": valkey_url, "DATABASE_URL": database_url}
    argv = [sys.executable, "-m", "bench.cold_start", function, "1"]
    done = subprocess.run(argv, env=env, cwd=PROJECT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) > 0
