"""An embedded server for as long as a block of code runs: for tests and benchmarks."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.address import free_port
from infra.local.errors import StartFailed
from infra.local.postgres import PostgresServer
from infra.local.valkey import ValkeyServer

_READY_WITHIN_SECONDS = 60
_STOP_WITHIN_SECONDS = 10


@contextmanager
def valkey(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """The URL of a Valkey server on a free port, its data in `folder`."""
    with _running(ValkeyServer(folder, free_port(), "embedded", durable=durable)) as url:
        yield url


@contextmanager
def postgres(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """The URL of a PostgreSQL server on a free port, its data in `folder`."""
    with _running(PostgresServer(folder, free_port(), "embedded", durable=durable)) as url:
        yield url


@contextmanager
def _running(server: ValkeyServer | PostgresServer) -> Iterator[str]:
    server.prepare()
    log_path = server.folder.with_suffix(".log")
    with log_path.open("w") as log:
        process = subprocess.Popen(
            server.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + _READY_WITHIN_SECONDS
            while not server.is_ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise StartFailed(f"{server.command()[0]} does not start: {log_path.read_text()[-500:]}")
                time.sleep(0.05)
            yield server.url
        finally:
            process.send_signal(server.stop_signal)
            try:
                process.wait(_STOP_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
