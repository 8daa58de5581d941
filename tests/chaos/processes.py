"""One process and its family, which can be killed, frozen and started again."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

READY_WITHIN_SECONDS = 120
GONE_WITHIN_SECONDS = 60


def wait_until(is_true: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for something to become true; AssertionError if it does not."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


class Process:
    """What a command line starts, in a session of its own."""

    def __init__(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], is_ready: Callable[[], bool], folder: Path
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.is_ready = is_ready
        self._env = dict(env)
        self._folder = folder
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> None:
        """Start it, with more words on its command line; it is not ready yet."""
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._popen = subprocess.Popen(
                [*self.argv, *more],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=self._folder,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Return when it answers; AssertionError if it ends or does not."""
        popen = self._popen
        assert popen is not None
        wait_until(lambda: self.is_ready() or popen.poll() is not None, READY_WITHIN_SECONDS, f"{self.name} ready")
        assert popen.poll() is None, f"{self.name} ended with {popen.returncode}: {self.last_lines()}"

    @property
    def code(self) -> int | None:
        """What it ended with by itself; None while it runs."""
        assert self._popen is not None
        return self._popen.poll()

    def kill(self) -> None:
        """SIGKILL to it and all it started."""
        self._end(signal.SIGKILL)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it as its operator would; what does not end is killed."""
        if self._popen is not None and self._popen.poll() is None:
            self._popen.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self._popen.wait(GONE_WITHIN_SECONDS)
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """SIGSTOP to it and all it started, the parent first."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT to all of them."""
        self._signal(signal.SIGCONT)

    def last_lines(self) -> str:
        """The end of what it printed."""
        return self.log[-2_000:]

    @property
    def log(self) -> str:
        """All that it printed."""
        return (self._folder / f"{self.name}.log").read_text(errors="replace")

    def _end(self, number: signal.Signals) -> None:
        if self._popen is None:
            return
        left = list(self._family())
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        self._popen.wait(GONE_WITHIN_SECONDS)
        wait_until(lambda: not any(map(_is_alive, left)), GONE_WITHIN_SECONDS, f"{self.name} gone")
        self._popen = None

    def _signal(self, number: signal.Signals) -> None:
        for process in self._family():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def _family(self) -> Iterator[psutil.Process]:
        """It, its children, and what is left of its session where it died before them."""
        if self._popen is None:
            return
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self._popen.pid)
            yield parent
            yield from parent.children(recursive=True)
            return
        for process in psutil.process_iter():
            with suppress(psutil.Error, ProcessLookupError):
                if os.getsid(process.pid) == self._popen.pid:
                    yield process


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE  # which init will reap in its own time
    return False
