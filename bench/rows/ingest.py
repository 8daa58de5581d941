"""POST /event and /events: ours, Node's, and the ceilings, in turn."""

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from redis import Redis

from bench import parts, queues, servers
from bench.context import Bench, Measurement, column, describe_cores
from bench.figures import Figure, ratios
from bench.load import CONNECTIONS, run_wrk
from bench.machine import read_used
from bench.processes import Failed
from bench.rows.sites import measure_added
from functions.ingest import body
from infra.local.address import free_port

BATCH = 500
BATCH_CONNECTIONS = 16


@dataclass(frozen=True)
class Target:
    """Where a load goes, and how many events its queue holds afterwards."""

    part: parts.Listener
    path: str
    kind: str
    redis: Redis
    count: Callable[[Redis], int] | None
    events: int = 1
    connections: int = CONNECTIONS

    def load(self, seconds: float) -> Measurement:
        """One measurement. Raises Failed unless every event that was answered is queued."""
        self.redis.flushall()
        used = read_used(self.part.process.pid)
        found = run_wrk(self.part.url(self.path), self.kind, seconds, self.connections)
        found["cpu_us"] = (read_used(self.part.process.pid) - used) / found["requests"] * 1e6
        if self.count is not None:
            queued = _settle(self.count, self.redis)
            # wrk leaves without the answers to its last requests
            least, most = found["requests"] * self.events, (found["requests"] + self.connections) * self.events
            if not least <= queued <= most:
                raise Failed(f"{self.part.name}: {queued} events are queued after {found['requests']} requests")
        return {**found, "eps": found["rps"] * self.events}


def _settle(count: Callable[[Redis], int], redis: Redis) -> int:
    """How many events are queued when no more come."""
    before = -1
    while (now := count(redis)) != before:
        before = now
        time.sleep(0.1)
    return now


def count_ours(redis: Redis) -> int:
    """Events that wait in our stream."""
    return queues.count_waiting(redis)


def count_node(redis: Redis) -> int:
    """Entries of Node's stream."""
    return int(cast(Any, redis.xlen(queues.NODE_STREAM)))


def validate_alone(seconds: float) -> Measurement:
    """Events/s of validating batches that is all that is done, in this process."""
    draw = random.Random(1)
    bodies = [json.dumps([make_event(draw) for _ in range(BATCH)]).encode() for _ in range(10)]
    began, batches = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        body.read_array(bodies[batches % len(bodies)])
        batches += 1
    return {"eps": batches * BATCH / (time.perf_counter() - began)}


def make_event(draw: random.Random) -> dict[str, Any]:
    """An event as load.lua makes them."""
    return {
        "site_id": f"site-{draw.randint(1, 20)}",
        "event_type": "page_view",
        "path": f"/p/{min(int(draw.paretovariate(0.8)), 500)}",
        "user_id": f"u{draw.randint(1, 200_000)}",
        "timestamp": f"2025-11-12T{draw.randint(0, 23):02}:{draw.randint(0, 59):02}:{draw.randint(0, 59):02}Z",
    }


@contextmanager
def _targets(bench: Bench) -> Iterator[tuple[dict[str, Target], dict[str, int]]]:
    with ExitStack() as stack:
        enter, folder = stack.enter_context, bench.folder
        ours = enter(servers.valkey(folder))
        everysec = enter(servers.valkey(folder, "valkey-everysec", "everysec"))
        redis = enter(closing(Redis.from_url(ours.url)))
        node_redis = enter(closing(Redis.from_url(everysec.url)))
        env = {"REDIS_URL": ours.url}
        single = enter(parts.uvicorn(folder, "ingest", "functions.ingest.main:app", env))
        framework = enter(parts.framework(folder, "ingest", env, called="ingest-framework"))
        node = enter(parts.node(folder, "ingest", {"REDIS_URL": everysec.url}, free_port()))
        bare = enter(parts.uvicorn(folder, "constant", "bench.constant:bare", env))
        starlette = enter(parts.uvicorn(folder, "constant-starlette", "bench.constant:starlette", env))
        targets = {
            "single": Target(single, "/event", "single", redis, count_ours),
            "framework": Target(framework, "/event", "single", redis, count_ours),
            "node": Target(node, "/event", "single", node_redis, count_node),
            "constant": Target(bare, "/event", "single", redis, None),
            "starlette": Target(starlette, "/event", "single", redis, None),
            "batch": Target(single, "/events", "batch", redis, count_ours, BATCH, BATCH_CONNECTIONS),
        }
        pids = {target.part.name: target.part.process.pid for target in targets.values()}
        yield targets, {**pids, "valkey": ours.process.pid, "valkey-everysec": everysec.process.pid}


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of single events, of batches, and under functions-framework."""
    with _targets(bench) as (targets, pids):
        for target in targets.values():
            target.load(1)  # warm-up
        variants: dict[str, Callable[[], Measurement]] = {
            name: partial(target.load, bench.form.seconds) for name, target in targets.items()
        }
        variants["validation"] = partial(validate_alone, bench.form.seconds / 2)
        found = bench.alternate(variants, pids)
        settings = measure_added(targets["single"].part, targets["single"].redis, 2 * bench.form.rounds)
    eps = {name: column(rounds, "eps") for name, rounds in found.items()}
    cores = {name: describe_cores(rounds) for name, rounds in found.items()}
    cpu = {name: f"{_median(column(found[name], 'cpu_us')):,.0f} µs of CPU a request" for name in targets}

    def against(name: str, other: str) -> Figure:
        note = f"{_median(eps[name]):,.0f}/s against {_median(eps[other]):,.0f}/s; {cpu[name]}; {cores[name]}"
        return Figure(ratios(eps[name], eps[other]), note)

    p99, node_p99 = column(found["single"], "p99"), column(found["node"], "p99")
    return {
        "single/sites": settings,
        "single/node": against("single", "node"),
        "single/constant": against("single", "constant"),
        "single/starlette": against("single", "starlette"),
        "single/p99": Figure(ratios(p99, node_p99), f"{_median(p99):.1f} ms against {_median(node_p99):.1f} ms"),
        "framework/node": against("framework", "node"),
        "batch/node": against("batch", "node"),
        "batch/validation": against("batch", "validation"),
    }


def _median(values: list[float]) -> float:
    return Figure(values).value
