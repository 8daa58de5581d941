"""The parts as processes, each under a host that is in use, and raw connections to them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from common.settings import Settings
from infra.local import stack
from infra.local.address import free_port
from infra.local.credentials import Endpoints

EVENT = b'{"site_id":"blog","path":"/home","user_id":"ann","timestamp":"2025-11-12T10:00:00Z"}'
PROCESS_KEY = "a-key-of-the-pressure-tests"
HOSTS = ("functions-framework", "uvicorn")


def eventually(is_true: Callable[[], object], seconds: float, what: str) -> None:
    """Wait for something to become true, or fail."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


class RunningPart:
    """One part, serving on `port`."""

    def __init__(self, name: str, port: int, process: "subprocess.Popen[bytes]", log_path: Path) -> None:
        self.name = name
        self.port = port
        self._process = process
        self._log_path = log_path

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What it has printed."""
        return self._log_path.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        """Its processes."""
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def read_rss(self) -> int:
        """Bytes of memory that its processes have, shared pages counted in each."""
        return sum(process.memory_info().rss for process in self.family())

    def connect(self, first: bytes = b"") -> socket.socket:
        """A connection to it, on which something was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.sendall(first)
        return connection

    def wait_until_ready(self, path: str) -> None:
        """Return when it answers."""
        eventually(
            lambda: stack.answers(f"{self.url}/{path}") or self._process.poll() is not None, 120, f"{self.name} ready"
        )
        assert self._process.poll() is None, self.log

    def kill(self) -> None:
        """End its processes as a crash does."""
        for process in self.family():
            process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Parts:
    """Starts parts over one Redis and one database, and ends what it started."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self._folder = folder
        self._running: list[RunningPart] = []

    def start(
        self, name: str, host: str = "functions-framework", port: int | None = None, **env: object
    ) -> RunningPart:
        """Start a part with more settings, and wait until it answers. `port`: that of one which was killed."""
        port = port or free_port()
        argv, own = self._command(name, host, port)
        changed = {variable.upper(): str(value) for variable, value in env.items()}
        log_path = self._folder / f"{name}-{port}.log"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**own, **changed}, cwd=self._folder
            )
        part = RunningPart(name, port, process, log_path)
        self._running.append(part)
        part.wait_until_ready("healthz" if name == "poller" else "readyz")
        return part

    def stop(self) -> None:
        """End all of them."""
        for part in self._running:
            part.stop()

    def _command(self, name: str, host: str, port: int) -> tuple[list[str], dict[str, str]]:
        settings = self.settings.model_copy(update={f"{name}_port": port, "data_dir": self._folder / f"data-{port}"})
        endpoints = Endpoints(
            None, None, settings.redis_url, settings.database_url, settings.process_url, PROCESS_KEY, "", "", ""
        )
        [part] = [part for stage in stack.stages(settings, endpoints) for part in stage if part.name == name]
        given = {field.upper(): str(getattr(settings, field)) for field in settings.model_fields_set}
        env = {"PATH": os.environ["PATH"], "HOME": str(self._folder), "LOG_LEVEL": "WARNING", **given, **part.env}
        argv = list(part.argv)
        if host == "uvicorn":  # as docker-compose.yml has it
            options = ["--loop=uvloop", "--http=infra.host:Connection", "--ws=none", "--no-proxy-headers"]
            options += ["--no-access-log", "--log-level=warning", f"--port={port}"]
            argv = [sys.executable, "-m", "uvicorn", f"functions.{name}.main:app", *options]
        return argv, env
