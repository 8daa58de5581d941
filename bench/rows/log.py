"""The import of a log, from its first line to the last event stored: every part of the system, and the importer."""

import json
import resource
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import parts, servers, store
from bench.access_log import write_log
from bench.context import Bench, Measurement, column, describe_cores
from bench.figures import Figure
from bench.processes import Failed, clean_env

PAGES_OF_TEN = 3
_DRAINED_WITHIN_SECONDS = 600


def run(bench: Bench) -> dict[str, Figure]:
    """The row of the import. Each round is the same log, into a database that was emptied."""
    log = bench.folder / "access.log"
    lines = bench.form.log_lines
    views = write_log(log, lines, PAGES_OF_TEN)
    with ExitStack() as stack:
        enter, folder = stack.enter_context, bench.folder
        valkey, postgres = enter(servers.valkey(folder)), enter(servers.postgres(folder, "postgres-log"))
        store.make_schema(postgres.url)
        env = {"REDIS_URL": valkey.url, "DATABASE_URL": postgres.url}
        ingest = enter(parts.uvicorn(folder, "ingest", "functions.ingest.main:app", env))
        process = enter(parts.framework(folder, "process", env))
        enter(parts.poller(folder, env | {"PROCESS_URL": process.url("")}))
        importer = clean_env(folder) | env | {"INGEST_URL": ingest.url(""), "DATA_DIR": str(folder / "data")}

        def measure() -> Measurement:
            store.empty(postgres.url)
            began, used = time.monotonic(), _read_children_cpu()
            _import(log, importer, views)
            importing = _read_children_cpu() - used
            _wait_until_stored(postgres.url, views, began)
            seconds = time.monotonic() - began
            return {"lps": lines / seconds, "importer_cpu": importing * 1e6 / lines, "seconds": seconds}

        pids = {"ingest": ingest.process.pid, "process": process.process.pid}
        pids |= {"valkey": valkey.process.pid, "postgres": postgres.process.pid}
        found = bench.alternate({"log": measure}, pids)["log"]
        store.require_clean(postgres.url, views)
    note = (
        f"{views / lines:.0%} of {lines:,} lines are page views; the importer takes"
        f" {median(column(found, 'importer_cpu')):,.0f} s of CPU a million lines; {describe_cores(found)}"
    )
    return {"log/lines": Figure(column(found, "lps"), note)}


def _import(log: Path, env: dict[str, str], views: int) -> None:
    argv = [str(Path(sys.executable).with_name("analytics")), "import", str(log), "--site-id", "log", "--json"]
    done = subprocess.run(argv, env=env, cwd=log.parent, capture_output=True, text=True, check=False)
    if done.returncode or json.loads(done.stdout)["accepted"] != views:
        raise Failed(f"import: {done.stdout[-300:]} {done.stderr[-300:]}")


def _read_children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_until_stored(url: str, events: int, began: float) -> None:
    while store.count_events(url) < events:
        if time.monotonic() - began > _DRAINED_WITHIN_SECONDS:
            raise Failed("not all events of the log were stored")
        time.sleep(0.05)
