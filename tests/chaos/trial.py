"""A run of windows: load, faults, drain, check."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from common.errors import Unavailable
from infra.queue.status import read_status
from tests.chaos.check import Check
from tests.chaos.faults import Fault
from tests.chaos.injections import administering, end_sessions
from tests.chaos.load import EventLoop, Load
from tests.chaos.plan import OVER_GROUPS, Plan, Spread
from tests.chaos.processes import wait_until
from tests.chaos.system import CLIENT_TIMEOUT_SECONDS, System
from tests.chaos.table import Table
from tests.chaos.verify_always import VerifyAlways

DRAIN_WITHIN_SECONDS = 300
"""Bounded, and generous: what a minute without PostgreSQL has piled up takes half a minute on a busy machine."""
ON_ITS_WAY_BYTES = 20_000
"""Some 80 events. Of as many, 40 and more were acknowledged whenever it was tried."""
AT_FULL_SPEED_PER_SECOND = 100_000.0
POISONS = ("raise", "exit", "hang", "limit")
NO_FAULT = "no fault"
POISON = "poison: raise, exit, hang, over the limit"
ROLLING = "rolling restart by SIGTERM"


class Trial:
    """A system and its load; what comes of each fault goes into the table."""

    def __init__(self, folder: Path, seed: int, table: Table, *, has_groups: bool = False) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.table = table
        self.seconds: Counter[str] = Counter()
        """Where the time goes."""
        self._folder = folder
        self._has_groups = has_groups

    def __enter__(self) -> Self:
        self._closing = ExitStack()
        with self._closing as opened:
            self.loop = EventLoop()
            opened.callback(self.loop.close)
            self.system = System(self._folder, self.loop, self.seed, has_groups=self._has_groups)
            opened.callback(self.system.close)
            self.system.start()
            port = self.system.ingest_port
            plan = Plan(self.seed, spread=OVER_GROUPS if self._has_groups else Spread())
            self.load = Load(self.loop, plan, self.seed, port, CLIENT_TIMEOUT_SECONDS)
            self.check = Check(self.system.settings, self.system.redis, self.load)
            self.verify = VerifyAlways(self.system.settings)
            opened.callback(self.verify.close)
            self._closing = opened.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self._closing.close()

    def window(self, faults: Sequence[Fault], seconds: float = 0) -> None:
        """These faults together, under load; they last as long as the longest of them, and `seconds` at least."""

        self._run([fault.name for fault in faults] or [NO_FAULT], lambda: self._inject(faults, seconds))

    def _inject(self, faults: Sequence[Fault], seconds: float = 0) -> None:
        with ExitStack() as stack:
            for fault in faults:
                stack.enter_context(fault.enter(self.system))
                time.sleep(self.random.uniform(0.02, 0.2))
            time.sleep(max([seconds, *(fault.seconds for fault in faults)]))
        self.system.wait_until_ready()

    def poison(self, faults: Sequence[Fault] = ()) -> None:
        """Events that make the processor misbehave, each within a batch of good ones; then faults on ingest's side."""

        def inject() -> None:
            for kind in POISONS:
                numbers = self.load.plan.take(21)
                poison = numbers[self.random.randrange(21)]
                self.check.poison.add(poison)
                paths = {poison: f"/poison/{kind}"}
                events = [self.load.plan.event(number, paths.get(number, "")) for number in numbers]
                self.load.send(self.load.plan.batch(numbers, events))
            self._inject(faults)

        self._run([POISON, *(fault.name for fault in faults)], inject)

    def rolling_restart(self) -> None:
        """SIGTERM to each part and a new one in its place; requests are answered or refused, or nothing was taken."""

        def inject() -> None:
            time.sleep(0.2)
            for part in self.system.parts.values():
                part.stop()
                part.start()
                part.wait_until_ready()

        self.load.is_rolling = True
        self._run([ROLLING], inject, self.system.ports["ingest"])
        self.load.is_rolling = False
        stored = self.check.stored()
        unanswered = self.load.unanswered_once
        taken = [how for how, one in unanswered if any(number in stored for number in one.numbers)]
        unanswered.clear()
        if taken:
            self.table.report(f"{ROLLING}: {len(taken)} requests were taken and not answered: {taken[:3]}")

    def power_cut_under_everysec(self) -> int:
        """How many acknowledged events the check misses where Valkey syncs once a second: to see it fail."""
        system = self.system
        system.redis.config_set("appendfsync", "everysec")
        self.load.start()
        pollers = (system.process("poller-a"), system.process("poller-b"))
        for poller in pollers:
            poller.freeze()  # what is stored already can't be lost
        wait_until(self._freeze_before_a_sync, 60, "acknowledged events that are not synced")
        system.valkey.kill()
        system.page_cache.lose()
        self.load.stop()
        system.valkey.start()
        for poller in pollers:
            poller.thaw()
        system.wait_until_ready()
        self.drain()
        return self.check.run().lost

    def _freeze_before_a_sync(self) -> bool:
        """Stop Valkey if more is unsynced than is on its way to the senders: some of that is acknowledged."""
        self.system.valkey.freeze()
        if self.system.page_cache.unsynced_bytes() > ON_ITS_WAY_BYTES:
            return True
        self.system.valkey.thaw()
        return False

    def start_round(self) -> None:
        """Begin with empty tables, and when nobody delivers any more what is settled.

        A poller may hold entries that another one claimed and settled. Delivered again they change nothing, while
        their events are in the tables: emptying those under it would make doubles of them.
        """
        with self._timed("round"):
            self._start_round()

    def _start_round(self) -> None:
        deliverers = [self.system.process(name) for name in ("poller-a", "poller-b", "process")]
        for process in deliverers:
            process.kill()
        for server in self.system.postgres_servers:
            with administering(self.system, server) as connection:
                end_sessions(connection)
        self.load.forget_recent()
        with self.verify.resting:
            self.check.start_afresh()
        for process in deliverers:
            process.start()
        self.system.wait_until_ready()

    def send_at_full_speed(self, events: int) -> None:
        """Until so many more are acknowledged."""
        rate, before = self.load.events_per_second, self.load.ledger.acknowledged_count
        self.load.events_per_second = AT_FULL_SPEED_PER_SECOND
        self.load.start()
        wait_until(lambda: self.load.ledger.acknowledged_count >= before + events, 120, f"{events} events acknowledged")
        self.load.stop()
        self.load.events_per_second = rate

    def _run(self, names: Sequence[str], inject: Callable[[], None], port: int = 0) -> None:
        before = self.load.ledger.acknowledged_count
        with self._timed("poison" if POISON in names else "restart" if ROLLING in names else "faults"):
            self.load.start(port)
            try:
                time.sleep(0.15)
                inject()
                time.sleep(0.15)
            finally:
                self.load.stop()
        with self._timed("drain"):
            seconds = self.drain()
        with self._timed("check"):
            finding = self.check.run()
        finding.problems += self._unexpected_answers()
        finding.problems += self.verify.problems
        self.verify.problems.clear()
        self.table.note(names, self.load.ledger.acknowledged_count - before, seconds, finding)

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[what] += time.monotonic() - began

    def drain(self) -> float:
        """Wait until the queue is empty; returns how long that took."""
        began = time.monotonic()
        wait_until(self._is_drained, DRAIN_WITHIN_SECONDS, "drained")
        return time.monotonic() - began

    def _is_drained(self) -> bool:
        try:
            return read_status(self.system.redis, self.system.settings).entries == 0
        except Unavailable:
            return False

    def _unexpected_answers(self) -> list[str]:
        words = [word for word in self.load.ledger.answers if word.isdigit() and word not in ("202", "503")]
        return [f"answered {word}; ingest's last lines: {self.system.process('ingest').last_lines()}" for word in words]
