"""Processes that the benchmark starts, and ends: no other."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.local import stack

READY_WITHIN_SECONDS = 120
GONE_WITHIN_SECONDS = 120


class Failed(RuntimeError):
    """A process did not start, or something measured was not as it should be: the figure does not count."""


class Process:
    """A child in a session of its own; its output goes to a file."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        folder: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_env(folder) | dict(env or {}),
                cwd=cwd or folder,
                start_new_session=True,
            )
        self.pid = self._popen.pid

    def wait_until(self, is_ready: Callable[[], bool], seconds: float = READY_WITHIN_SECONDS) -> None:
        """Return when it is ready; raises Failed if it ends or is not."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self._popen.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{self.name} does not start: {self.last_lines()}")
            time.sleep(0.02)

    def wait(self, seconds: float) -> int:
        """Its status once it has ended by itself. Raises Failed if that takes longer."""
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise Failed(f"{self.name} takes over {seconds:.0f} s") from None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, and wait until it has ended."""
        if self._popen.poll() is None:
            self._popen.send_signal(number)
            try:
                self._popen.wait(GONE_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                self._popen.kill()
        self._popen.wait()

    def last_lines(self) -> str:
        """The end of what it printed, in one line."""
        return " ".join(self.log.read_text(errors="replace")[-500:].split())


def clean_env(folder: Path) -> dict[str, str]:
    """What every process gets: none of this machine's settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(stack.PROJECT),
        "PYTHONUNBUFFERED": "1",
        "XDG_RUNTIME_DIR": str(folder),
    }


@contextmanager
def running(
    process: Process, is_ready: Callable[[], bool], stop_signal: signal.Signals = signal.SIGTERM
) -> Iterator[Process]:
    """The process once it is ready; ended after the block, whatever happened."""
    try:
        process.wait_until(is_ready)
        yield process
    finally:
        process.stop(stop_signal)
