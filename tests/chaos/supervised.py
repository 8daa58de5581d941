"""`analytics up` under load, whose supervisor is frozen and killed."""

import signal
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import psutil

from common.errors import Unavailable
from common.redis.client import connect
from infra.queue.status import read_status
from tests.chaos.check import Check
from tests.chaos.load import EventLoop, Load
from tests.chaos.plan import Plan
from tests.chaos.processes import wait_until
from tests.chaos.table import Table
from tests.e2e.conftest import System

NAMES = ("SIGKILL supervisor", "SIGSTOP supervisor while a part dies")
FROZEN_SECONDS = 0.5
AWAKE_SECONDS = 1.0
"""Long enough to see that the part is dead; it may be starting it again when it is killed itself."""
ORPHANED_SECONDS = 0.3
VICTIMS = ("infra.poller.main", "functions/process", "functions/ingest")


class Supervised:
    """A system under its own supervisor, with the product's own time-outs."""

    def __init__(self, folder: Path, loop: EventLoop, seed: int, table: Table) -> None:
        self._system = System(folder)
        self._system.start()
        self._table = table
        self._redis = connect(self._system.settings)
        self.load = Load(loop, Plan(seed), seed, self._system.ports["ingest_port"], timeout_seconds=3)
        self._check = Check(self._system.settings, self._redis, self.load)

    def close(self) -> None:
        """Stop it as Ctrl-C does."""
        self._system.stop()
        self._redis.close()

    def freeze_and_kill(self, victim: str) -> None:
        """A part dies while the supervisor is stopped; after SIGCONT it is killed, too, and `up` runs again."""

        def inject() -> None:
            process = self._system.process
            assert process is not None
            children = psutil.Process(process.pid).children()
            [part] = [child for child in children if victim in " ".join(child.cmdline())]
            process.send_signal(signal.SIGSTOP)
            part.kill()
            time.sleep(FROZEN_SECONDS)
            process.send_signal(signal.SIGCONT)
            time.sleep(AWAKE_SECONDS)
            process.kill()
            process.wait(10)
            time.sleep(ORPHANED_SECONDS)
            self._system.log = ""
            self._system.start()

        self._run(NAMES, inject)

    def _run(self, names: Sequence[str], inject: Callable[[], None]) -> None:
        before = self.load.ledger.acknowledged_count
        self.load.start()
        try:
            time.sleep(0.3)
            inject()
            time.sleep(0.3)
        finally:
            self.load.stop()
        began = time.monotonic()
        wait_until(self._is_drained, 60, "drained")
        seconds = time.monotonic() - began
        finding = self._check.run()
        self._table.note(names, self.load.ledger.acknowledged_count - before, seconds, finding)

    def _is_drained(self) -> bool:
        try:
            return read_status(self._redis, self._system.settings).entries == 0
        except Unavailable:
            return False


def run_supervised(folder: Path, loop: EventLoop, seed: int, times: int, table: Table) -> tuple[int, int]:
    """Each fault of the supervisor so often; events acknowledged, and those of them sent one a request."""
    with closing(Supervised(folder, loop, seed, table)) as supervised:
        for number in range(times):
            supervised.freeze_and_kill(VICTIMS[number % len(VICTIMS)])
        ledger = supervised.load.ledger
        return ledger.acknowledged_count, ledger.acknowledged_singles
