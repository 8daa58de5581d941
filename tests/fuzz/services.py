"""The services as they are really run, with secrets that nobody may ever read in an answer or a log."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil
import yaml

from infra.local.address import free_port
from infra.local.stack import answers
from tests.e2e.conftest import PROJECT, eventually
from tests.fuzz.wire import Answer

SECRETS = {
    "redis": "Sesame-redis-5ecfe7",
    "database": "Sesame-database-91ab3d",
    "stats_api_key": "Sesame-key-77d0c1",
    "rate_limit_key": "Sesame-limit-0b44e9",
    "process_key": "Sesame-process-3a91c4",
    "visitor_key": "Sesame-visitor-e1f00d-31c",
    "ingest": "Sesame-ingest-c0ffee",
}
DRIVER_WORDS = (b"Traceback", b"pg8000", b"redis.exceptions", b"psycopg", b"site-packages", b"SQLSTATE", b"WRONGTYPE")


@dataclass
class Service:
    """One running function."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    log_path: Path
    log_read: int = field(default=0)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def resident_bytes(self) -> int:
        """Of all its processes."""
        own = psutil.Process(self.process.pid)
        return sum(process.memory_info().rss for process in [own, *own.children(recursive=True)])

    @property
    def workers(self) -> list[int]:
        """The ids of its processes: they change if one crashed."""
        own = psutil.Process(self.process.pid)
        return sorted(process.pid for process in [own, *own.children(recursive=True)])

    def read_log(self) -> str:
        """What it has logged since the last call."""
        with self.log_path.open("rb") as log:
            log.seek(self.log_read)
            text = log.read()
        self.log_read += len(text)
        return text.decode(errors="replace")


def find_secrets(text: str | bytes) -> list[str]:
    """Which secrets a text gives away."""
    shown = text.encode() if isinstance(text, str) else text
    return [name for name, secret in SECRETS.items() if secret.encode() in shown or secret[7:].encode() in shown]


def check_problem(answer: Answer) -> None:
    """An error of a service is a problem document without a driver's words in it."""
    assert answer.headers["content-type"] == "application/problem+json", answer
    assert answer.json()["status"] == answer.status, answer
    assert not [word for word in DRIVER_WORDS if word in answer.body], answer


def compose_command(name: str, port: int) -> list[str]:
    """What docker-compose.yml runs in a function's container, on another port."""
    service = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())["services"][name]
    command = [word for word in service["command"] if not word.startswith(("--host=", "--port="))]
    return [
        sys.executable,
        "-m",
        *command,
        "--host=127.0.0.1",
        f"--port={port}",
        "--app-dir=" + str(PROJECT / "functions" / name),
    ]


def framework_command(name: str, port: int) -> list[str]:
    """What the image of a function runs, as `make up` does."""
    source = ["--source", str(PROJECT / "functions" / name / "main.py"), "--target", name, "--signature-type", "http"]
    return [sys.executable, "-m", "infra.host", *source, "--asgi", "--host", "127.0.0.1", "--port", str(port)]


@contextmanager
def running(name: str, env: dict[str, str], folder: Path, waits_for: str = "/readyz") -> Iterator[Service]:
    """A function as Compose serves it."""
    port = free_port()
    command = compose_command(name, port) if name == "ingest" else framework_command(name, port)
    run_dir = folder / f"run-{name}"
    run_dir.mkdir()
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "XDG_RUNTIME_DIR": str(run_dir), **env}
    log_path = folder / f"{name}.log"
    with log_path.open("wb") as log:
        process = _start(command, own, folder, log)
        service = Service(name, port, process, log_path)
        try:
            eventually(lambda: answers(f"{service.url}{waits_for}") or process.poll() is not None, 120, f"{name} ready")
            assert process.poll() is None, log_path.read_text()
            yield service
        finally:
            process.terminate()
            process.wait(60)


def _start(command: list[str], env: dict[str, str], folder: Path, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
