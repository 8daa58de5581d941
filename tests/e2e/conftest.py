"""The whole system, as `analytics up` runs it, on free ports and in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from common.settings import GENERATED_ENV, Settings
from infra.local.address import free_port

PROJECT = Path(__file__).resolve().parents[2]
HANGS_AFTER_SECONDS = 600
"""No bound of ours: what takes so long will never end, however busy the machine is."""
PORTS = ("ingest_port", "process_port", "stats_port", "poller_port", "redis_port", "postgres_port")


def eventually(is_true: Callable[[], Any], seconds: float, what: str) -> None:
    """Wait for something to become true, or fail."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def get(url: str) -> Any:
    """The JSON at a URL, also of an answer that is an error."""
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        return json.load(error)


class System:
    """One `analytics up`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in PORTS}
        self.ingest_url = f"http://127.0.0.1:{self.ports['ingest_port']}"
        self.stats_url = f"http://127.0.0.1:{self.ports['stats_port']}"
        self.poller_url = f"http://127.0.0.1:{self.ports['poller_port']}"
        self.log = ""
        self.process: subprocess.Popen[str] | None = None

    @property
    def env(self) -> dict[str, str]:
        """The environment of every command of this system."""
        own = {name.upper(): str(port) for name, port in self.ports.items()}
        own |= {"INGEST_URL": self.ingest_url, "PROCESS_URL": f"http://127.0.0.1:{self.ports['process_port']}"}
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "DATA_DIR": str(self.folder / "data"), **own}

    @property
    def settings(self) -> Settings:
        """What the system's own commands read."""
        data_dir = self.folder / "data"
        return Settings(_env_file=data_dir / GENERATED_ENV, data_dir=data_dir, ingest_url=self.ingest_url, **self.ports)

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("analytics"), "up"],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        started = self.process
        eventually(lambda: "Ready." in self.log or started.poll() is not None, HANGS_AFTER_SECONDS, "ready")
        assert started.poll() is None, self.log

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            assert self.process.wait(120) == 0

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `analytics` beside it."""
        command = [Path(sys.executable).with_name("analytics"), *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=HANGS_AFTER_SECONDS,
            check=False,
        )

    def wait_until_drained(self) -> None:
        """Wait until the queue is empty."""
        eventually(lambda: get(f"{self.poller_url}/readyz")["queue"]["entries"] == 0, HANGS_AFTER_SECONDS, "drained")

    def read_day(self, site_id: str, day: str) -> Any:
        """GET /stats"""
        return get(f"{self.stats_url}/stats?site_id={site_id}&date={day}&limit=100")

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout as stream:
            for line in stream:
                self.log += line


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A running system for tests that leave it as they found it."""
    one = System(tmp_path_factory.mktemp("system"))
    try:
        one.start()
        yield one
    finally:
        one.stop()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[System]:
    """A running system that a test may harm."""
    one = System(tmp_path)
    try:
        one.start()
        yield one
    finally:
        one.stop()
