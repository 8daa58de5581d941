"""Runs `analytics up` with stand-ins as a process of its own, in a folder of its own, on free ports."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from common.settings import GENERATED_ENV
from infra.local.address import free_port
from infra.local.postgres import PostgresServer

PROJECT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("up_with_stand_ins.py")
SETTINGS = ("INGEST_PORT", "PROCESS_PORT", "STATS_PORT", "POLLER_PORT", "REDIS_PORT", "POSTGRES_PORT")


def eventually(is_true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.02)


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def distinct_ports(count: int) -> set[int]:
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(free_port())
    return ports


@dataclass
class Up:
    """One `up` in the foreground."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def wait_for(self, words: str, seconds: float = 60) -> None:
        self.wait_for_match(re.escape(words), seconds)

    def wait_for_match(self, pattern: str, seconds: float = 60) -> None:
        eventually(lambda: re.search(pattern, self.text) or not self._reader.is_alive(), seconds)
        assert re.search(pattern, self.text), self.text

    def wait_until_ready(self) -> None:
        """The block that says so ends with the address of the page."""
        self.wait_for_match(r"Ready\. [\s\S]*\n  http://\S+/\n")

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.exit_code()

    def exit_code(self) -> int:
        code = self.process.wait(timeout=60)
        self._reader.join(timeout=60)
        return code

    def master(self, part: str) -> int:
        """The process id that a stand-in has printed last."""
        self.wait_for_match(rf"{part} +\| master \d+\n")  # its worker may answer before its line is relayed
        return int(re.findall(rf"{part} +\| master (\d+)", self.text)[-1])

    def read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self.lines.append(line)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self.read, daemon=True)
        self._reader.start()


class Site:
    """A folder with settings of its own, in which `up` is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / ".data"
        self.ports = dict(zip(SETTINGS, distinct_ports(len(SETTINGS)), strict=True))
        self.env = {name: str(port) for name, port in self.ports.items()}
        self.ups: list[Up] = []

    def up(self, **env: str) -> Up:
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), **self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        up = Up(process)
        self.ups.append(up)
        return up

    def without_servers(self) -> "Site":
        """Name other servers, so that only the stand-ins are started."""
        self.env |= {"REDIS_URL": "redis://127.0.0.1:1/0", "DATABASE_URL": "postgresql://a:b@127.0.0.1:1/a"}
        return self

    eventually = staticmethod(eventually)
    is_alive = staticmethod(is_alive)
    kill = staticmethod(kill)

    def processes(self) -> list[psutil.Process]:
        """What lives of this folder: recognised by its environment or, for the servers, by where it works."""
        return [process for process in psutil.process_iter() if self._is_here(process)]

    def kill_all(self) -> None:
        while left := self.processes():
            for process in left:
                kill(process)
            for up in self.ups:
                up.process.poll()

    def _is_here(self, process: psutil.Process) -> bool:
        try:
            return is_alive(process) and process.cwd().startswith(str(self.folder))
        except psutil.Error:
            return False


@pytest.fixture(scope="session")
def new_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder after its first start, to be copied: making one takes a second."""
    data_dir = tmp_path_factory.mktemp("new") / ".data"
    data_dir.mkdir()
    server = PostgresServer(data_dir / "postgres", 0, "password", durable=False)
    server.prepare()
    (data_dir / GENERATED_ENV).write_text(f"DATABASE_URL={server.url}\n")
    return data_dir


@pytest.fixture
def used_site(site: Site, new_data: Path) -> Site:
    """A site that was started before, with both servers."""
    subprocess.run(["cp", "-a", str(new_data), str(site.data_dir)], check=True)
    return site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.kill_all()
    for up in site.ups:
        up.exit_code()
