"""What a year's plain events take up once their days are closed, and how long a recount of them takes."""

import json
import subprocess
import sys
import threading
import time
import uuid
from contextlib import ExitStack

from bench import sets, store
from bench.context import Bench, Measurement, NotMeasured, describe_cores
from bench.figures import Figure
from bench.processes import Failed, clean_env
from bench.sets import Kind
from bench.traffic import DAYS, make_plain
from infra.local.stack import PROJECT
from infra.verification.recount import verify_aggregates

WRITER_VISITS = 20


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of verify and of closed days. The recount comes first: closed days make it cheaper."""
    form = bench.form
    figures: dict[str, Figure] = {}
    for key, kind, millions in (("year", sets.PLAIN, form.plain_sets[0]), ("year-rich", sets.YEAR, form.year_set)):
        with ExitStack() as stack:
            try:
                server = stack.enter_context(sets.running(bench, kind, millions))
            except NotMeasured as reason:
                bench.results.reasons[f"closed/{key}"] = str(reason)
                continue
            if kind is sets.PLAIN:
                figures |= _time_verify(bench, server.url, {"postgres": server.process.pid})
            try:
                figures[f"closed/{key}"] = _weigh_closed(bench, server.url, kind, millions)
            except Failed as error:  # what was measured before it counts
                bench.results.reasons[f"closed/{key}"] = f"failed: {error}"
    if not figures:
        raise NotMeasured(next(iter(bench.results.reasons.values())))
    return figures


def _time_verify(bench: Bench, url: str, pids: dict[str, int]) -> dict[str, Figure]:
    def verify() -> Measurement:
        stop, waits = threading.Event(), [0.0]
        writer = threading.Thread(target=_write, args=(url, stop, waits))
        writer.start()
        began = time.perf_counter()
        differences = verify_aggregates(url)
        seconds = time.perf_counter() - began
        stop.set()
        writer.join()
        if differences:
            raise Failed(f"verify found {len(differences)} differences, the first: {differences[0]}")
        return {"seconds": seconds, "longest": max(waits) * 1000, "batches": len(waits) - 1}

    found = bench.alternate({"verify": verify}, pids)["verify"]
    events = store.count_events(url)
    return {
        # by the million, for the rate's rows let the set grow
        "verify/seconds": Figure(
            [one["seconds"] / events * 1e6 for one in found], f"{events:,} events; {describe_cores(found)}"
        ),
        "verify/writer": Figure([one["longest"] for one in found], f"{sum(one['batches'] for one in found)} batches"),
    }


def _write(url: str, stop: threading.Event, waits: list[float]) -> None:
    """Small batches of the first site's last day, until it is told to stop. The set grows by them."""
    known = [json.loads(event) for event in make_plain(1, 0, DAYS - 1, DAYS, WRITER_VISITS)]
    while not stop.is_set():
        events = [json.dumps({**event, "event_id": str(uuid.uuid4())}) for event in known]
        began = time.perf_counter()
        sets.store_events(url, events)
        waits.append(time.perf_counter() - began)
        stop.wait(0.2)


def _weigh_closed(bench: Bench, url: str, kind: Kind, millions: float) -> Figure:
    """Bytes an event after `analytics days close --now`."""
    command = [sys.executable, "-m", "infra.cli", "days", "close", "--now"]
    env = clean_env(bench.folder) | {"DATABASE_URL": url}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=PROJECT)
    if done.returncode:
        raise Failed(f"the days can't be closed: {(done.stderr or done.stdout).strip()[-200:]}")
    events = store.count_events(url)
    return Figure([store.weigh(url) / events], f"{kind.name}, {millions:g} million, all days closed")
