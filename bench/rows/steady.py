"""What an event costs while 2,000 come a second, against the same events from a backlog."""

import json
import random
from contextlib import ExitStack, closing

from redis import Redis

from bench import parts, queues, servers, store
from bench.context import Bench, Measurement, column, describe_cores
from bench.draining import DRAIN_SECONDS
from bench.figures import Figure, ratios
from bench.machine import read_used
from bench.rows.visible import EVENTS_A_SECOND, Load
from bench.traffic import make_queue, to_event_id


def run(bench: Bench) -> dict[str, Figure]:
    """The row of steady traffic: nobody asks anything meanwhile, so all of PostgreSQL's work is the events'."""
    with ExitStack() as stack:
        enter, folder = stack.enter_context, bench.folder
        valkey, postgres = enter(servers.valkey(folder)), enter(servers.postgres(folder, "postgres-steady"))
        store.make_schema(postgres.url)
        env = {"REDIS_URL": valkey.url, "DATABASE_URL": postgres.url}
        ingest = enter(parts.uvicorn(folder, "ingest", "functions.ingest.main:app", env))
        process = enter(parts.framework(folder, "process", env))
        redis = enter(closing(Redis.from_url(valkey.url)))
        pids = {"process": process.process.pid, "postgres": postgres.process.pid}
        env["PROCESS_URL"] = process.url("")

        def settle(events: int, used: float) -> Measurement:
            """Once so many events are stored; `used`: core seconds before the first of them."""
            queues.wait_until(lambda: queues.count_waiting(redis) <= 0, DRAIN_SECONDS, "draining")
            cpu = sum(map(read_used, pids.values())) - used
            store.require_clean([postgres.url], events)
            return {"cpu": cpu / events * 1e6, "events": events}

        def come() -> Measurement:
            store.empty(postgres.url)
            with parts.poller(folder, env):
                used, load = sum(map(read_used, pids.values())), Load(ingest.port, 0, seconds, probes=0)
                load.run({})
                return {**settle(load.sent, used), "eps": load.sent / seconds}

        def drain() -> Measurement:
            """As many of the same events, with ids of their own, as would have come."""
            store.empty(postgres.url)
            queues.fill(valkey.url, _repeat(round(seconds)))
            used = sum(map(read_used, pids.values()))
            with parts.poller(folder, env):
                return settle(EVENTS_A_SECOND * round(seconds), used)

        seconds = bench.form.visible_seconds
        come()  # warm-up
        found = bench.alternate({"steady": come, "drained": drain}, {**pids, "valkey": valkey.process.pid})
    steady, drained = column(found["steady"], "cpu"), column(found["drained"], "cpu")
    note = f"{Figure(steady).value:.0f} µs an event at {Figure(column(found['steady'], 'eps')).value:,.0f}/s against"
    return {
        "steady/cpu": Figure(
            ratios(steady, drained), f"{note} {Figure(drained).value:.0f}; {describe_cores(found['steady'])}"
        )
    }


def _repeat(times: int) -> list[str]:
    """The events that Load sends in so many seconds."""
    draw = random.Random(2)
    known = [json.loads(event) for event in make_queue(EVENTS_A_SECOND)] * times
    return [json.dumps({**event, "event_id": to_event_id(draw.getrandbits(128))}) for event in known]
