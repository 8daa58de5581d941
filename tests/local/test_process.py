"""Which processes are ours: never one that merely has the same id by now."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from infra.local.process import MARK, Identity, end, family, find, since_boot

WORD = "1f3a"


@pytest.fixture
def leader() -> Iterator[subprocess.Popen[str]]:
    """Leads a session with one worker, whose id it prints."""
    code = "import os, signal; os.fork() or print(os.getpid(), flush=True); signal.pause()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, MARK: WORD},
    ) as process:
        yield process
        with contextlib.suppress(ProcessLookupError):  # where init has reaped what the test has ended
            os.killpg(process.pid, signal.SIGKILL)


def identity_of(process: subprocess.Popen[str]) -> Identity:
    return Identity("part", process.pid, since_boot(psutil.Process(process.pid)), WORD, signal.SIGTERM, 5)


def worker_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def nothing(_: psutil.Process) -> bool:
    return False


def test_family_is_the_leader_and_its_session(leader: subprocess.Popen[str]) -> None:
    worker = worker_of(leader)
    assert {one.pid for one in family([identity_of(leader)], nothing)} == {leader.pid, worker}


def test_worker_is_family_when_its_leader_is_dead(leader: subprocess.Popen[str]) -> None:
    worker, identity = worker_of(leader), identity_of(leader)
    leader.kill()
    leader.wait()
    assert find(identity) is None
    assert [one.pid for one in family([identity], nothing)] == [worker]


@pytest.mark.parametrize("difference", [-3600.0, 3600.0])
def test_process_that_has_the_id_of_another_one_is_left_alone(leader: subprocess.Popen[str], difference: float) -> None:
    """Noted an hour before: its id was given to another process since. An hour after: a reboot lies between."""
    worker_of(leader)
    identity = identity_of(leader)
    noted = replace(identity, since_boot_seconds=identity.since_boot_seconds + difference, mark="another")
    assert end([noted], nothing) == []
    assert leader.poll() is None
    assert family([noted], nothing) == []


def test_session_that_has_the_id_of_another_one_is_left_alone(leader: subprocess.Popen[str]) -> None:
    worker_of(leader)
    noted = replace(identity_of(leader), since_boot_seconds=0.0, mark="another")
    leader.kill()
    leader.wait()
    assert family([noted], nothing) == []


def test_end_asks_first_and_kills_what_is_left(leader: subprocess.Popen[str]) -> None:
    worker = psutil.Process(worker_of(leader))
    assert end([identity_of(leader)], nothing) == []
    assert leader.wait() == -signal.SIGTERM
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


def test_end_kills_what_does_not_stop_in_its_time(leader: subprocess.Popen[str]) -> None:
    worker_of(leader)
    stubborn = replace(identity_of(leader), stop_signal=signal.SIGWINCH, stop_within_seconds=0.1)
    assert end([stubborn], nothing) == ["part"]
    assert leader.wait() == -signal.SIGKILL
