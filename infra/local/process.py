"""Finds started processes again, and tells them from later ones that have the same id."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "ANALYTICS_UP"
"""Environment variable that a started process passes on to its own children."""

KILLED_WITHIN_SECONDS = 10
_POLL_SECONDS = 0.05
_START_TICKS = 19  # proc(5): field 22 of stat, counted from the one after the name

Claim = Callable[[psutil.Process], bool]


@dataclass(frozen=True)
class Identity:
    """Identifies a started process among all others.

    `since_boot_seconds` is its start time on a clock that can't be set; `mark` is a random word in its environment.
    """

    name: str
    pid: int
    since_boot_seconds: float
    mark: str
    stop_signal: int
    stop_within_seconds: float


def since_boot(process: psutil.Process) -> float:
    """The start time in seconds since boot. On Linux it comes from the kernel, so clock changes don't matter."""
    if sys.platform == "linux":
        stat = Path(f"/proc/{process.pid}/stat").read_text(errors="replace")
        return int(stat.rpartition(")")[2].split()[_START_TICKS]) / os.sysconf("SC_CLK_TCK")
    return process.create_time() - psutil.boot_time()


def find(identity: Identity) -> psutil.Process | None:
    """The process with this identity, if it is alive."""
    try:
        process = psutil.Process(identity.pid)
        is_same = abs(since_boot(process) - identity.since_boot_seconds) < _POLL_SECONDS
        return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, OSError):
        return None


def family(identities: Iterable[Identity], claim: Claim) -> list[psutil.Process]:
    """These processes, the living members of the sessions that they lead or led, and processes that `claim` accepts."""
    leaders = {identity.pid: identity for identity in identities}
    return [process for process in psutil.process_iter() if _belongs(process, leaders, claim)]


def end(identities: Sequence[Identity], claim: Claim, is_urgent: Callable[[], bool] = lambda: False) -> list[str]:
    """Ask these processes to stop, then kill what is left of their families. Returns the names of the late ones.

    Each process gets its `stop_within_seconds`, which ends early when `is_urgent` turns true.
    """
    for identity in identities:
        if (process := find(identity)) is not None:
            _send(process, identity.stop_signal)
    deadlines = {identity: time.monotonic() + identity.stop_within_seconds for identity in identities}
    waiting = list(identities)
    late: list[str] = []
    while waiting := [identity for identity in waiting if find(identity) is not None]:
        for identity in [one for one in waiting if is_urgent() or time.monotonic() > deadlines[one]]:
            late.append(identity.name)
            waiting.remove(identity)
        time.sleep(_POLL_SECONDS)
    _kill(identities, claim)
    return late


def _kill(identities: Sequence[Identity], claim: Claim) -> None:
    deadline = time.monotonic() + KILLED_WITHIN_SECONDS
    while (left := family(identities, claim)) and time.monotonic() < deadline:
        for process in left:
            _send(process, signal.SIGKILL)
        time.sleep(_POLL_SECONDS)


def _send(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _belongs(process: psutil.Process, leaders: dict[int, Identity], claim: Claim) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        identity = leaders.get(process.pid) or leaders.get(os.getsid(process.pid))
        return (identity is not None and _is_member(process, identity)) or claim(process)
    except (psutil.Error, OSError):
        return False  # it has ended meanwhile, or belongs to another user


def _is_member(process: psutil.Process, identity: Identity) -> bool:
    age = since_boot(process) - identity.since_boot_seconds
    if process.pid == identity.pid:
        return abs(age) < _POLL_SECONDS
    # A session's id can be reused once its last member is gone, so the mark tells our session from a later one.
    # The mark of a dying process can't be read any more, but the process may still hold a port.
    is_dying = not process.cmdline()
    return age > -_POLL_SECONDS and (is_dying or process.environ().get(MARK) == identity.mark)
