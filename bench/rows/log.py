"""The import of a log, from its first line to the last event stored: every part of the system, and the importer."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import parts, servers, store
from bench.access_log import write_log
from bench.context import Bench, Measurement, column, describe_cores
from bench.figures import Figure
from bench.machine import read_used
from bench.processes import Failed, clean_env

PAGES_OF_TEN = 3
_DRAINED_WITHIN_SECONDS = 600


def run(bench: Bench) -> dict[str, Figure]:
    """The row of the import. Each round is the same log, into a database that was emptied."""
    log = bench.folder / "access.log"
    lines = bench.form.log_lines
    views = write_log(log, lines, PAGES_OF_TEN)
    with running_pipeline(bench, "log") as pipeline:

        def measure() -> Measurement:
            store.empty(pipeline.database_url)
            before = {name: read_used(pid) for name, pid in pipeline.pids.items()}
            began, used = time.monotonic(), read_children_cpu()
            import_file(log, "log", pipeline.env, views)
            importing = read_children_cpu() - used
            wait_until_stored(pipeline.database_url, views, began)
            seconds = time.monotonic() - began
            cpu = {name: (read_used(pid) - before[name]) * 1e6 / lines for name, pid in pipeline.pids.items()}
            cpu["importer"] = importing * 1e6 / lines
            return {"lps": lines / seconds, "cpu": cpu, "cpu_sum": sum(cpu.values()), "seconds": seconds}

        found = bench.alternate({"log": measure}, pipeline.pids)["log"]
        store.require_clean([pipeline.database_url], views)
    cpu = median(column(found, "cpu_sum"))
    shares = ", ".join(f"{name} {median(one['cpu'][name] for one in found):,.0f}" for name in found[0]["cpu"])
    note = (
        f"{views / lines:.0%} of {lines:,} lines are page views; {cpu:,.0f} µs of CPU a line ({shares}):"
        f" {2e6 / cpu:,.0f} lines a second fill two cores; {describe_cores(found)}"
    )
    return {"log/lines": Figure(column(found, "lps"), note)}


@dataclass(frozen=True)
class Pipeline:
    """All parts of the system, each as it is served. `env`: of a command beside it."""

    database_url: str
    env: dict[str, str]
    pids: dict[str, int]


@contextmanager
def running_pipeline(bench: Bench, name: str) -> Iterator[Pipeline]:
    """A system of its own, with an empty database."""
    with ExitStack() as stack:
        enter, folder = stack.enter_context, bench.folder
        valkey, postgres = enter(servers.valkey(folder)), enter(servers.postgres(folder, f"postgres-{name}"))
        store.make_schema(postgres.url)
        env = {"REDIS_URL": valkey.url, "DATABASE_URL": postgres.url}
        ingest = enter(parts.uvicorn(folder, "ingest", "functions.ingest.main:app", env))
        process = enter(parts.framework(folder, "process", env))
        poller = enter(parts.poller(folder, env | {"PROCESS_URL": process.url("")}))
        own = clean_env(folder) | env | {"INGEST_URL": ingest.url(""), "DATA_DIR": str(folder / "data")}
        pids = {"ingest": ingest.process.pid, "process": process.process.pid}
        pids |= {"poller": poller.process.pid, "valkey": valkey.process.pid, "postgres": postgres.process.pid}
        yield Pipeline(postgres.url, own, pids)


def import_file(path: Path, site_id: str, env: dict[str, str], events: int) -> None:
    """Import it as an operator would. Raises Failed if it has not as many events."""
    argv = [str(Path(sys.executable).with_name("analytics")), "import", str(path), "--site-id", site_id, "--json"]
    done = subprocess.run(argv, env=env, cwd=path.parent, capture_output=True, text=True, check=False)
    if done.returncode or json.loads(done.stdout)["accepted"] != events:
        raise Failed(f"import: {done.stdout[-300:]} {done.stderr[-300:]}")


def read_children_cpu() -> float:
    """Seconds of CPU that commands took which ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wait_until_stored(url: str, events: int, began: float) -> None:
    """Until the database has as many events. Raises Failed if that takes too long."""
    while store.count_events(url) < events:
        if time.monotonic() - began > _DRAINED_WITHIN_SECONDS:
            raise Failed("not all events were stored")
        time.sleep(0.05)
