"""The servers, as `make up` runs them: Valkey that syncs always, PostgreSQL that syncs; and Node's Valkey."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from bench.processes import Process, running
from common.postgres.database import Database
from infra.local.address import free_port
from infra.local.postgres import PostgresServer
from infra.local.valkey import ValkeyServer

PASSWORD = "bench"
STATEMENT_SECONDS = 7_200


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    process: Process


@contextmanager
def valkey(folder: Path, name: str = "valkey", fsync: str = "always") -> Iterator[Server]:
    """A Valkey server; `fsync`: its appendfsync."""
    server = ValkeyServer(folder / name, free_port(), PASSWORD)
    server.prepare()
    process = Process(name, [*server.command(), "--appendfsync", fsync], folder)
    with running(process, server.is_ready, server.stop_signal):
        yield Server(server.url, process)


@contextmanager
def postgres(folder: Path, name: str = "postgres") -> Iterator[Server]:
    """A PostgreSQL server; its data may be there already."""
    server = PostgresServer(folder / name, free_port(), PASSWORD)
    server.prepare()
    process = Process(name, server.command(), folder)
    with running(process, server.is_ready, server.stop_signal):
        yield Server(server.url, process)


def open_database(url: str) -> Database:
    """For the benchmark's own statements, which may take long."""
    return Database(url, connections=2, timeout_seconds=STATEMENT_SECONDS)


def other_database(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
