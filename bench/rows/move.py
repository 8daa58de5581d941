"""A slot with many events is moved to another server, and back, while events come: how long its own have to wait."""

import json
import re
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from redis import Redis

from bench import parts, queues, servers, sets, store
from bench.context import Bench, Measurement, column, describe_cores
from bench.draining import DRAIN_SECONDS
from bench.figures import Figure
from bench.processes import Failed, Process
from bench.slot_traffic import LOOK_SECONDS, SLOT, Traffic
from bench.traffic import DAYS, PLAIN_SITES, make_plain
from common.groups.slots import HOME
from common.postgres.database import Database
from infra.groups.move import OLD_MAPS_SECONDS

SECOND = "second"
FILL_DAYS = 30
MOVE_SECONDS = 1_800.0
WAITED = re.compile(r"([\d,]+) rows from .* waited ([\d.]+) s")


@dataclass
class Moves:
    """Moves the slot to and fro. `log`: the processor's."""

    folder: Path
    env: Mapping[str, str]
    urls: Mapping[str, str]
    log: Path
    traffic: Traffic
    before_seconds: float
    target: str = field(default=SECOND, init=False)
    pause: float = field(default=0.0, init=False)

    def move(self, *, is_killed: bool = False) -> Measurement:
        """One move, after a while without any. `is_killed`: in the middle of its copy, and run again."""
        calm = time.time()
        self.traffic.longest_since(time.monotonic())  # so there are batches
        time.sleep(self.before_seconds)
        began, moment = time.time(), time.monotonic()
        if is_killed:
            self._kill()
        told = self._run()
        seconds, ended = time.monotonic() - moment, time.time()
        waited = self.traffic.longest_since(moment)
        before, during = (list_batches(self.log, *span) for span in ((calm, began), (began, ended)))
        if not told or not before or not during:
            raise Failed(f"nothing was moved, or no batch came meanwhile: {self.log.name}")
        self.pause = float(told[2])
        self.target = HOME if self.target == SECOND else SECOND
        return {
            "seconds": seconds, "pause": self.pause, "rows": int(told[1].replace(",", "")), "waited": waited,
            "before": max(before), "during": max(during), "batches": len(during),
        }  # fmt: skip

    def _start(self) -> Process:
        command = [sys.executable, "-m", "infra.cli", "groups", "move", str(SLOT), self.target]
        return Process("move", command, self.folder, self.env)

    def _run(self) -> re.Match[str] | None:
        """What the command says of the slot. Raises Failed if it fails."""
        process = self._start()
        if process.wait(MOVE_SECONDS):
            raise Failed(f"the slot can't be moved: {process.last_lines()}")
        return WAITED.search(process.last_lines())

    def _kill(self) -> None:
        """Start it, and kill it when half of the time is over for which the last one let events wait."""
        source = self.urls[HOME if self.target == SECOND else SECOND]
        process = self._start()
        try:
            with closing(servers.open_database(source)) as database:
                is_closed = f"select from absent_slots where slot = {SLOT}"
                queues.wait_until(lambda: bool(database.run(is_closed)), MOVE_SECONDS, "the move", LOOK_SECONDS)
            time.sleep(self.pause / 2)
        finally:
            process.stop(signal.SIGKILL)


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of moving."""
    with _prepare(bench) as (moves, pids):
        found = [bench.measure("move", moves.move, pids) for _ in range(bench.form.moves)]
        killed = bench.measure("move, killed", lambda: moves.move(is_killed=True), pids)
    during, before = column(found, "during"), column(found, "before")
    waited = Figure(column(found, "waited")).value
    return {
        "groups/move": Figure(
            column(found, "seconds"),
            f"{found[0]['rows']:,} rows; {OLD_MAPS_SECONDS:.0f} s of it wait for old maps; {describe_cores(found)}",
        ),
        "groups/pause": Figure(
            column(found, "pause"), f"an event that was sent meanwhile waited {waited:.1f} s at most"
        ),
        "groups/others": Figure(during, f"{Figure(before).value:,.0f} ms before it; {found[0]['batches']:,} batches"),
        "groups/killed": Figure([killed["waited"]], f"{killed['seconds']:.1f} s in all, with the killed attempt"),
    }


@contextmanager
def _prepare(bench: Bench) -> Iterator[tuple[Moves, dict[str, int]]]:
    """The whole system on two databases, all slots at home; at the end every event has to be stored once."""
    with ExitStack() as stack:
        enter, folder = stack.enter_context, bench.folder
        valkey = enter(servers.valkey(folder, "valkey-move"))
        home, second = (enter(servers.postgres(folder, f"postgres-move-{number}")) for number in (1, 2))
        urls = {HOME: home.url, SECOND: second.url}
        for url in urls.values():
            store.make_schema(url)
        env = {"REDIS_URL": valkey.url, "DATABASE_URL": home.url, "DATABASE_GROUPS": f"{SECOND}={second.url}"}
        stored = _fill(bench, home.url)
        ingest = enter(parts.uvicorn(folder, "ingest-move", "functions.ingest.main:app", env))
        process = enter(parts.framework(folder, "process", env, called="process-move"))
        poller = enter(parts.poller(folder, env | {"PROCESS_URL": process.url("")}, "poller-move"))
        databases = [enter(closing(Database(url, 1, 60))) for url in urls.values()]
        traffic, seen = Traffic(ingest.port, databases), {0: 0}
        with traffic.beside(seen):
            pids = {part.name: part.process.pid for part in (ingest, process, poller)}
            pids |= {"postgres-1": home.process.pid, "postgres-2": second.process.pid}
            yield Moves(folder, env, urls, process.process.log, traffic, bench.form.fair_seconds), pids
        with closing(Redis.from_url(valkey.url)) as redis:
            queues.wait_until(lambda: queues.count_waiting(redis) <= 0, DRAIN_SECONDS, "draining")
        store.require_clean(list(urls.values()), stored + traffic.sent + sum(seen.values()))


def _fill(bench: Bench, url: str) -> int:
    """Give the site its events, over a year; returns how many."""
    began, stored = time.monotonic(), 0
    millions = bench.form.move_events * PLAIN_SITES / 1e6  # the traffic's sites have a twentieth each
    for day in range(0, DAYS, FILL_DAYS):
        events = make_plain(millions, 0, day, min(day + FILL_DAYS, DAYS))
        sets.store_events(url, events)
        stored += len(events)
    bench.clock.making += time.monotonic() - began
    return stored


def list_batches(log: Path, since: float, until: float) -> list[float]:
    """The milliseconds of the batches that ended in between, as the processor logs them."""
    found = []
    for line in log.read_text(errors="replace").splitlines():
        if '"batch processed"' in line:
            batch = json.loads(line[line.index("{") :])
            if since <= datetime.fromisoformat(batch["time"]).timestamp() <= until:
                found.append(float(batch["milliseconds"]))
    return found
