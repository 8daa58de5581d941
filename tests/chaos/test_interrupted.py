"""A run that is told to end takes its servers with it."""

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.chaos.processes import wait_until


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, -2)])
def test_an_interrupted_run_leaves_no_server_behind(tmp_path: Path, number: signal.Signals, code: int) -> None:
    # A shell ignores it for what runs in the background, and so would the run.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.run", "--systems", "1"],
            cwd=Path(__file__).parents[2],
            stdout=log,
            stderr=log,
        )
    try:
        wait_until(lambda: has_servers(run.pid), 120, "its servers have started")
        started = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(number)
        assert run.wait(60) == code
    finally:
        signal.signal(signal.SIGINT, before)
        if run.poll() is None:
            for process in psutil.Process(run.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        run.kill()
        run.wait()
    _, alive = psutil.wait_procs(started, timeout=10)
    assert not alive


def has_servers(pid: int) -> bool:
    names = []
    for child in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # initdb's come and go
            names.append(child.name())
    return any("postgres" in name for name in names) and any("valkey" in name for name in names)
