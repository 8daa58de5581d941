"""Runs one part of the system as a child process: starts, watches and restarts it."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import psutil

from infra.local.console import Console, readable
from infra.local.process import MARK, Claim, Identity, since_boot

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 10.0
STABLE_SECONDS = 30.0
DRAINED_WITHIN_SECONDS = 10.0
"""For the last lines of a process that ended. Only another process that still holds its pipe makes it take so long."""

# The child waits for a line before it runs the part, and exits if none comes. So a supervisor that is killed before
# it has recorded the child's id leaves nothing behind.
_GATE = 'read -r go && exec "$@" </dev/null'


@dataclass(frozen=True)
class Part:
    """What to run. `is_ready` is polled until it is true; each call takes a few seconds at most.

    A part without `is_ready` is a step: it runs once, and is ready when it has exited with code 0.
    `claim` recognises processes of the part that have left its session.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    is_ready: Callable[[], bool] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within_seconds: float = 10
    ready_within_seconds: float = 60
    claim: Claim = lambda _: False


def delay_after(deaths: int) -> float:
    """Seconds to wait before the next start, after `deaths` (≥ 1) deaths without a stable period in between."""
    return float(min(FIRST_DELAY_SECONDS * 2 ** (min(deaths, 30) - 1), LONGEST_DELAY_SECONDS))


class Child:
    """A part and its current process, if there is one."""

    def __init__(self, part: Part, mark: str, console: Console) -> None:
        self.part = part
        self.identity: Identity | None = None
        self.is_ready = False
        self.deaths = 0
        self.next_start = 0.0
        self._mark = mark
        self._console = console
        self._process: subprocess.Popen[str] | None = None
        self._started = 0.0
        self._reader: threading.Thread | None = None

    def start(self, note: Callable[[], None]) -> None:
        """Start the process. It runs the part only after `note` has recorded its identity."""
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _GATE, self.part.name, *self.part.argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **self.part.env, MARK: self._mark},
            start_new_session=True,
        )
        self._started = time.monotonic()
        self.identity = self._identify(self._process.pid)
        note()
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101
        assert stdout is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError), stdin as gate:  # it may have been killed already
            gate.write("go\n")
        self._reader = threading.Thread(target=self._relay, args=(stdout,), daemon=True)
        self._reader.start()

    def reap(self) -> int | None:
        """The exit code, once, if the process has died since the last call."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self._process = None
        self.is_ready = False
        self.deaths = 1 if time.monotonic() - self._started > STABLE_SECONDS else self.deaths + 1
        self.next_start = time.monotonic() + delay_after(self.deaths)
        return code

    @property
    def is_running(self) -> bool:
        """Whether there is a process. One that has died but was not reaped yet counts."""
        return self._process is not None

    def drain(self) -> None:
        """Wait for the last lines of a process that has ended."""
        if self._reader is not None:
            self._reader.join(DRAINED_WITHIN_SECONDS)

    def _identify(self, pid: int) -> Identity:
        started = since_boot(psutil.Process(pid))
        part = self.part
        return Identity(part.name, pid, started, self._mark, part.stop_signal, part.stop_within_seconds)

    def _relay(self, lines: IO[str]) -> None:
        with lines:
            for line in lines:
                self._console.write(self.part.name, readable(line.rstrip("\n")))
