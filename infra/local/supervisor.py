"""Starts the parts stage by stage, restarts those that die, and stops everything in reverse order."""

import secrets
import signal
import time
from collections.abc import Callable, Sequence

import psutil

from infra.local.console import Console
from infra.local.errors import StartFailed
from infra.local.part import Child, Part, delay_after
from infra.local.process import Identity, end

Stages = Sequence[Sequence[Part]]

MAX_DEATHS_AT_START = 3
_POLL_SECONDS = 0.05
_STILL_WAITING_SECONDS = 10
_SAME_SIGNAL_SECONDS = 1.0  # the terminal and a wrapper may both send us the same Ctrl-C


class StopSignals:
    """SIGINT, SIGTERM and SIGHUP as flags. The first asks for a stop, a second one for an immediate stop."""

    def __init__(self) -> None:
        self.is_set = False
        self.is_urgent = False
        self._first = 0.0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._receive)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asked to outlive the terminal
            signal.signal(signal.SIGHUP, self._receive)

    def _receive(self, *_: object) -> None:
        now = time.monotonic()
        if self.is_set and now - self._first > _SAME_SIGNAL_SECONDS:
            self.is_urgent = True
        elif not self.is_set:
            self.is_set, self._first = True, now


class Supervisor:
    """Runs all parts. `note` gets the identities of all children whenever one starts, and an empty list at the end."""

    def __init__(
        self, stages: Stages, console: Console, stop: StopSignals, note: Callable[[list[Identity]], None]
    ) -> None:
        mark = secrets.token_hex(16)
        self._stages = [[Child(part, mark, console) for part in stage] for stage in stages]
        self._begun: list[list[Child]] = []
        self._is_starting = True
        self._console = console
        self._stop = stop
        self._note = note

    def start(self) -> None:
        """Start the stages in order, each when the previous one is ready. Raises StartFailed.

        Returns early when asked to stop.
        """
        for stage in self._stages:
            self._begun.append(stage)
            self._console.say(f"starting {', '.join(child.part.name for child in stage)}")
            for child in stage:
                self._start(child)
            self._wait_until_ready(stage)
            if self.is_asked_to_stop:
                return

    def watch(self) -> None:
        """Keep every part running until asked to stop."""
        self._is_starting = False
        while not self.is_asked_to_stop:
            self._tend()
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop all started parts, the last stage first. Parts that do not stop in time are killed."""
        for stage in reversed(self._begun):
            children = [child for child in stage if child.identity is not None]
            running = [child.part.name for child in children if child.is_running]
            if running:
                self._console.say(f"stopping {', '.join(running)}")
            for name in self._end(children):
                self._console.say(f"{name} did not stop in time and was killed")
            for child in children:
                child.reap()
                child.drain()
        self._note([])

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether a signal came, or the reader of our output is gone."""
        return self._stop.is_set or self._console.is_closed

    def _wait_until_ready(self, stage: list[Child]) -> None:
        begin = time.monotonic()
        next_word = begin + _STILL_WAITING_SECONDS
        while not self.is_asked_to_stop:
            self._tend()
            waiting = [child for child in stage if not self._is_ready(child)]
            if not waiting:
                return
            now = time.monotonic()
            for child in waiting:
                if now - begin > child.part.ready_within_seconds:
                    raise StartFailed(
                        f"{child.part.name} was not ready within {child.part.ready_within_seconds:g} s:"
                        " see its lines above."
                    )
            if now > next_word:
                self._console.say(f"still waiting for {', '.join(child.part.name for child in waiting)}")
                next_word += _STILL_WAITING_SECONDS
            time.sleep(_POLL_SECONDS)

    @staticmethod
    def _is_ready(child: Child) -> bool:
        if not child.is_ready and child.is_running and child.part.is_ready is not None:
            child.is_ready = child.part.is_ready()
        return child.is_ready

    def _tend(self) -> None:
        """Notice deaths, and restart parts whose delay is over."""
        for child in [child for stage in self._begun for child in stage]:
            code = child.reap()
            if code is not None and not self.is_asked_to_stop:
                self._bury(child, code)
            if child.identity is None and not child.is_ready and time.monotonic() >= child.next_start:
                self._start(child)

    def _bury(self, child: Child, code: int) -> None:
        """Clean up after a dead process (a worker may still hold its port), and report what happens next."""
        self._end([child])
        child.identity = None
        is_step = child.part.is_ready is None
        if is_step and code == 0:
            child.is_ready = True
            return
        if is_step or (self._is_starting and child.deaths >= MAX_DEATHS_AT_START):
            child.drain()
            raise StartFailed(f"{child.part.name} failed ({_reason(code)}): see its lines above.")
        delay = delay_after(child.deaths)
        self._console.say(f"{child.part.name} died ({_reason(code)}); starting it again in {delay:g} s")

    def _start(self, child: Child) -> None:
        child.start(self._note_all)

    def _end(self, children: list[Child]) -> list[str]:
        claims = [child.part.claim for child in children]

        def is_claimed(process: psutil.Process) -> bool:
            return any(claim(process) for claim in claims)

        identities = [child.identity for child in children if child.identity is not None]
        return end(identities, is_claimed, lambda: self._stop.is_urgent)

    def _note_all(self) -> None:
        children = [child for stage in self._begun for child in stage]
        self._note([child.identity for child in children if child.identity is not None])


def _reason(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
