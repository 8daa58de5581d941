"""The whole system at 2,000 events/s: how long an event takes to be visible in /stats, and what memory it takes."""

import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing

from bench import parts, servers, store
from bench.context import Bench, Measurement, column, describe_cores
from bench.figures import Figure, percentile
from bench.load import Client
from bench.machine import read_rss
from bench.plot import Curve
from bench.processes import Failed
from bench.traffic import make_queue

EVENTS_A_SECOND = 2_000
FEW_EVENTS_A_SECOND = 20
EVENTS_A_REQUEST = 20
PROBES = 2
POLL_SECONDS = 0.01
LOST_AFTER_SECONDS = 30
DAY = "2025-11-12"
PARTS = ("ingest", "process", "stats", "poller")


class Load:
    """A steady stream of events, and probes that wait for theirs, until the time is over."""

    def __init__(
        self, ingest: int, stats: int, seconds: float, rate: int = EVENTS_A_SECOND, probes: int = PROBES
    ) -> None:
        """`rate`: events a second."""
        self._ingest, self._stats = ingest, stats
        self._rate, self._probes = rate, probes
        self._a_request = min(EVENTS_A_REQUEST, max(1, rate // 20))
        self._ends_at = time.monotonic() + seconds
        self.latencies: list[float] = []
        self.sent = 0
        self.faults: list[str] = []

    def run(self, seen: dict[int, int]) -> None:
        """Return when all is sent and every probe has seen its events. `seen`: how many each has had before."""
        threads = [threading.Thread(target=self._guard, args=(self._send,))]
        threads += [threading.Thread(target=self._guard, args=(self._probe, n, seen)) for n in range(self._probes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self.faults:
            raise Failed(self.faults[0])

    def _guard(self, work: object, *arguments: object) -> None:
        try:
            assert callable(work)
            work(*arguments)
        except (OSError, RuntimeError) as error:
            self.faults.append(f"{type(error).__name__}: {error}")

    def _send(self) -> None:
        client = Client(self._ingest)
        known = [json.loads(event) for event in self._make_events()]
        bodies = [
            json.dumps([{k: v for k, v in one.items() if k != "event_id"} for one in known[at : at + self._a_request]])
            for at in range(0, len(known), self._a_request)
        ]
        next_send, number = time.monotonic(), 0
        while time.monotonic() < self._ends_at:
            status, _ = client.post("/events", bodies[number % len(bodies)].encode())
            if status != 202:
                raise Failed(f"POST /events: {status}")
            self.sent += self._a_request
            number += 1
            next_send += self._a_request / self._rate
            time.sleep(max(0.0, next_send - time.monotonic()))
        client.close()

    def _make_events(self) -> Sequence[str]:
        return make_queue(EVENTS_A_SECOND)

    def _probe(self, number: int, seen: dict[int, int]) -> None:
        ingest, stats = Client(self._ingest), Client(self._stats)
        event = {"site_id": f"probe-{number}", "path": "/", "timestamp": f"{DAY}T10:00:00Z"}
        while time.monotonic() < self._ends_at:
            began = time.monotonic()
            ingest.post("/event", json.dumps(event).encode())
            seen[number] += 1
            while self._read_views(stats, number) < seen[number]:
                if time.monotonic() - began > LOST_AFTER_SECONDS:
                    raise Failed("an event was not visible within 30 s")
                time.sleep(POLL_SECONDS)
            self.latencies.append((time.monotonic() - began) * 1000)
        ingest.close()
        stats.close()

    def _read_views(self, stats: Client, number: int) -> int:
        _, body = stats.get(f"/stats?site_id=probe-{number}&date={DAY}")
        return int(json.loads(body)["total_views"])


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of visibility and of memory."""
    with ExitStack() as stack:
        enter, folder = stack.enter_context, bench.folder
        valkey, postgres = enter(servers.valkey(folder)), enter(servers.postgres(folder, "postgres-visible"))
        store.make_schema(postgres.url)
        env = {"REDIS_URL": valkey.url, "DATABASE_URL": postgres.url}
        ingest = enter(parts.uvicorn(folder, "ingest", "functions.ingest.main:app", env))
        process = enter(parts.framework(folder, "process", env))
        stats = enter(parts.framework(folder, "stats", env))
        poller = enter(parts.poller(folder, env | {"PROCESS_URL": process.url("")}))
        working = dict(zip(PARTS, (ingest, process, stats, poller), strict=True))
        pids = {name: part.process.pid for name, part in working.items()}
        seen = dict.fromkeys(range(PROBES), 0)
        all_latencies: list[float] = []
        sent = 0

        def measure(seconds: float) -> Measurement:
            nonlocal sent
            load = Load(ingest.port, stats.port, seconds)
            load.run(seen)
            sent += load.sent
            all_latencies.extend(load.latencies)
            shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
            rss = {f"rss {name}": read_rss(pid) for name, pid in pids.items()}
            found = {name: percentile(load.latencies, share) for name, share in shares.items()}
            return {**found, **rss, "eps": load.sent / seconds, "rss": sum(rss.values())}

        def measure_few(seconds: float) -> Measurement:
            nonlocal sent
            load = Load(ingest.port, stats.port, seconds, FEW_EVENTS_A_SECOND)
            load.run(seen)
            sent += load.sent
            return {"p95": percentile(load.latencies, 0.95), "probes": len(load.latencies)}

        measure(max(1.0, bench.form.visible_seconds / 2))  # warm-up
        all_latencies.clear()
        servers_pids = {"valkey": valkey.process.pid, "postgres": postgres.process.pid}
        seconds = bench.form.visible_seconds
        variants: dict[str, Callable[[], Measurement]] = {
            "visible": lambda: measure(seconds),
            "visible, few": lambda: measure_few(seconds),
        }
        measured = bench.alternate(variants, pids | servers_pids)
        found, few = measured["visible"], measured["visible, few"]
        expected = sent + sum(seen.values())
        with closing(Client(stats.port)):
            _wait_until_stored(postgres.url, expected)
        store.require_clean([postgres.url], expected)
    figures = _read_figures(bench, found, all_latencies)
    return {**figures, "visible/few": Figure(column(few, "p95"), f"{sum(one['probes'] for one in few)} probes")}


def _wait_until_stored(url: str, events: int) -> None:
    deadline = time.monotonic() + LOST_AFTER_SECONDS
    while store.count_events(url) < events and time.monotonic() < deadline:
        time.sleep(0.1)


def _read_figures(bench: Bench, found: list[Measurement], latencies: list[float]) -> dict[str, Figure]:
    points = [(percentile(latencies, share / 100), float(share)) for share in range(1, 101)]
    rounds = [[(float(at), one[f"rss {name}"]) for at, one in enumerate(found, 1)] for name in PARTS]
    bench.results.curves["visible"] = Curve(
        "Event to visible at 2,000 events/s", "milliseconds", "% of events", {"events": points}
    )
    bench.results.curves["memory"] = Curve(
        "RSS at 2,000 events/s", "round", "MB", dict(zip(PARTS, rounds, strict=True))
    )
    rate = Figure(column(found, "eps")).value
    note = f"{len(latencies)} probes at {rate:,.0f} events/s; {describe_cores(found)}"
    growth = (found[-1]["rss"] / found[0]["rss"] - 1) * 100
    return {
        "visible/p95": Figure(column(found, "p95"), note),
        "visible/p99": Figure(column(found, "p99")),
        **{f"memory/{name}": Figure(column(found, f"rss {name}")) for name in PARTS},
        "memory/growth": Figure([growth], f"over {len(found)} rounds of {bench.form.visible_seconds:g} s"),
    }
