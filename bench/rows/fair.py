"""How long a quiet site's events take to be visible while another site does its worst."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta

from bench import parts, servers, store
from bench.context import Bench, Measurement, column, describe_cores
from bench.figures import Figure, percentile
from bench.load import Client
from bench.machine import read_rss
from bench.processes import Failed
from bench.rows.visible import DAY, PROBES, Load
from common.settings import Settings
from infra.sites.sites import set_time_zone

LOUD = "loud"
REQUEST_EVENTS = 1_000
NEW_PROPERTIES = 30
STEADY_EVENTS = 20
"""Events of the loud site in one request of its steady traffic, ten of which it sends a second."""
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/New_York")
VISIT_DAYS = 700
DAY_VISITS = 46
VISIT_MINUTES = 31
"""From one visit to the next: as many of them as a day has room for."""


class QuietLoad(Load):
    """Probes of quiet sites, and beside them what the loud site does."""

    def __init__(self, ingest: int, stats: int, seconds: float, requests: Iterator[bytes], pause: float) -> None:
        """`pause`: seconds between two of the loud site's requests."""
        super().__init__(ingest, stats, seconds)
        self._requests, self._pause = requests, pause

    def _send(self) -> None:
        client = Client(self._ingest)
        for body in self._requests:
            if time.monotonic() > self._ends_at:
                break
            status, _ = client.post("/events", body)
            self.sent += body.count(b'"site_id"') if status == 202 else 0
            time.sleep(self._pause)
        client.close()


def make_requests(requests: int, events: int, properties: int = 0) -> Iterator[bytes]:
    """Bodies of events of the loud site, each with so many properties that no other event has."""
    for number in range(requests):
        made = []
        for index in range(events):
            event: dict[str, object] = {
                "site_id": LOUD, "path": f"/{index % 50}", "user_id": f"u{(number * events + index) // 3}",
                "timestamp": f"{DAY}T{index % 24:02}:{number % 60:02}:00Z",
            }  # fmt: skip
            if properties:
                event["props"] = {uuid.uuid4().hex[:16]: str(index) for _ in range(properties)}
            made.append(event)
        yield json.dumps(made).encode()


def make_visitor(days: range, minutes: range) -> bytes:
    """A body of one visitor's events, one at each of so many minutes of each of these days before DAY."""
    last = datetime.fromisoformat(DAY).replace(tzinfo=UTC)
    at = (last - timedelta(days=day, minutes=-minute) for day in days for minute in minutes)
    return json.dumps(
        [{"site_id": LOUD, "path": "/", "user_id": "busy", "timestamp": one.isoformat()} for one in at]
    ).encode()


def fill_visitor(ingest: int) -> None:
    """Make the busy visitor's visits, and return when all is stored."""
    a_request = REQUEST_EVENTS // DAY_VISITS
    client = Client(ingest)
    for day in range(1, VISIT_DAYS + 1, a_request):
        days = range(day, min(day + a_request, VISIT_DAYS + 1))
        status, body = client.post("/events", make_visitor(days, range(0, DAY_VISITS * VISIT_MINUTES, VISIT_MINUTES)))
        if status != 202:
            raise Failed(f"POST /events: {status} {body[:300].decode(errors='replace')}")
    while json.loads(client.get("/readyz")[1])["backlog"]["events"]:
        time.sleep(0.1)
    client.close()


@contextmanager
def locked_row(url: str) -> Iterator[None]:
    """Somebody holds the loud site's row."""
    with closing(store.connect(url)) as connection:
        connection.run("begin")
        connection.run("select from sites where site_id = 'loud' for update")
        yield
        connection.run("rollback")


@contextmanager
def rebuilding(url: str) -> Iterator[None]:
    """The loud site's time zone changes, again and again."""
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.is_set():
            set_time_zone(Settings(database_url=url), LOUD, ZONES[number % len(ZONES)])
            number += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of fairness."""
    form = bench.form
    with ExitStack() as stack:
        enter, folder = stack.enter_context, bench.folder
        valkey, postgres = enter(servers.valkey(folder)), enter(servers.postgres(folder, "postgres-fair"))
        store.make_schema(postgres.url)
        env = {"REDIS_URL": valkey.url, "DATABASE_URL": postgres.url}
        ingest = enter(parts.uvicorn(folder, "ingest", "functions.ingest.main:app", env))
        process = enter(parts.framework(folder, "process", env))
        stats = enter(parts.framework(folder, "stats", env))
        poller = enter(parts.poller(folder, env | {"PROCESS_URL": process.url("")}))
        pids = {part.name: part.process.pid for part in (ingest, process, stats, poller)}
        pids |= {"valkey": valkey.process.pid, "postgres": postgres.process.pid}
        seen = dict.fromkeys(range(PROBES), 0)
        sent = 0

        def measure(requests: Iterator[bytes], pause: float = 0) -> Measurement:
            nonlocal sent
            load = QuietLoad(ingest.port, stats.port, form.fair_seconds, requests, pause)
            load.run(seen)
            sent += load.sent
            found = {name: percentile(load.latencies, share) for name, share in (("p50", 0.5), ("p95", 0.95))}
            return {**found, "probes": len(load.latencies), "sent": load.sent, "rss": read_rss(poller.process.pid)}

        def steady() -> Iterator[bytes]:
            return make_requests(10_000, STEADY_EVENTS)

        def meanwhile(trouble: Callable[[str], AbstractContextManager[None]]) -> Measurement:
            with trouble(postgres.url):
                return measure(steady(), 0.1)

        measure(steady(), 0.1)  # warm-up
        fill_visitor(ingest.port)
        variants: dict[str, Callable[[], Measurement]] = {
            "visitor": lambda: measure(
                make_visitor(range(1, VISIT_DAYS + 1), range(n, n + 1))
                for n in range(1, 1 + max(1, form.fair_events // 40_000))
            ),
            "locked": lambda: meanwhile(locked_row),
            "flood": lambda: measure(make_requests(form.fair_events // REQUEST_EVENTS, REQUEST_EVENTS)),
            "rebuild": lambda: meanwhile(rebuilding),
            "properties": lambda: measure(make_requests(form.fair_events // 5_000, REQUEST_EVENTS, NEW_PROPERTIES)),
        }
        found = {name: bench.measure(f"fair {name}", variants[name], pids) for name in variants}
    return {
        f"fair/{name}": Figure(column([one], "p95"), f"{one['sent']:,} events sent; {describe_cores([one])}")
        for name, one in found.items()
    }
