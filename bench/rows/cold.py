"""Cold starts, and the size of what a platform has to load for them."""

import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial

from bench import servers, store
from bench.context import Bench, Measurement, NotMeasured, column
from bench.figures import Figure
from bench.processes import Failed, clean_env
from infra.local.stack import PROJECT

FUNCTIONS = ("ingest", "process", "stats")
TIMEOUT_SECONDS = 120
"""Longer is no slow start but one that never ends."""


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of cold starts: a new interpreter each, bytecode there, servers at hand."""
    with servers.valkey(bench.folder) as valkey, servers.postgres(bench.folder, "postgres-cold") as postgres:
        store.make_schema(postgres.url)
        env = clean_env(bench.folder) | {"REDIS_URL": valkey.url, "DATABASE_URL": postgres.url}
        count = iter(range(10_000))

        def start(name: str) -> Measurement:
            argv = [sys.executable, "-m", "bench.cold_start", name, str(next(count))]
            done = subprocess.run(
                argv, env=env, cwd=bench.folder, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
            )
            if done.returncode:
                raise Failed(f"cold start of {name}: {done.stderr.strip()[-300:]}")
            return {"ms": float(done.stdout.split()[-1])}

        for name in FUNCTIONS:
            start(name)  # warm-up: bytecode, the system's page cache
        variants: dict[str, Callable[[], Measurement]] = {
            f"cold start of {name}": partial(start, name) for name in FUNCTIONS
        }
        found = bench.alternate(variants, {"valkey": valkey.process.pid, "postgres": postgres.process.pid})
    return {f"cold/{name}": Figure(column(found[f"cold start of {name}"], "ms")) for name in FUNCTIONS}


def run_bundles(_: Bench) -> dict[str, Figure]:
    """The rows of bundles, as `make package` makes them; what the platform's runtime brings is in none of them."""
    folder = PROJECT / "build" / "bundles" / "x86_64"
    if not all((folder / f"{name}.zip").exists() for name in FUNCTIONS):
        raise NotMeasured("make package makes the bundles")
    figures = {}
    for name in FUNCTIONS:
        with zipfile.ZipFile(folder / f"{name}.zip") as bundle:
            unpacked = sum(entry.file_size for entry in bundle.infolist())
        packed = (folder / f"{name}.zip").stat().st_size
        figures[f"bundle/{name}"] = Figure([unpacked / 1e6], f"zipped {packed / 1e6:.1f} MB, bytecode included")
    return figures
