"""What is said where a server is away, is another one, or wants another login: one line, with host, port and reason."""

import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from common.errors import Unavailable
from common.postgres.database import Database
from infra.local.address import free_port
from infra.migrations.runner import migrate

pytestmark = pytest.mark.long

ANSWERS = {
    "http": b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "redis": b"-ERR unknown command\r\n",
    "nothing": b"",
    "zeros": bytes(64),
}


@pytest.fixture(params=ANSWERS)
def stranger(request: pytest.FixtureRequest) -> Iterator[int]:
    """The port of a server that is no PostgreSQL."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1024)
            self.request.sendall(ANSWERS[request.param])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def run(folder: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("analytics"), *arguments],
        cwd=folder, env={"PATH": os.environ["PATH"], **env}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", ["verify", "status", "sites", "filtered", "rejected", "ledger"])
def test_a_database_with_a_password_that_nobody_told_us(
    command: str, valkey_url: str, postgres_url: str, tmp_path: Path
) -> None:
    port = urlsplit(postgres_url).port
    url = f"postgresql://analytics@127.0.0.1:{port}/analytics"
    done = run(tmp_path, command, DATABASE_URL=url, REDIS_URL=valkey_url)
    [line] = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert f"127.0.0.1:{port}: it asks for a password, and none is set." in line
    assert "DATABASE_URL" in line


def test_what_is_no_postgresql_is_said_to_be_none(stranger: int, tmp_path: Path) -> None:
    done = run(
        tmp_path, "verify", DATABASE_URL=f"postgresql://a:b@127.0.0.1:{stranger}/x", DATABASE_TIMEOUT_SECONDS="1"
    )
    [line] = done.stderr.splitlines()
    assert done.returncode == 1
    assert f"127.0.0.1:{stranger}: " in line


@pytest.mark.parametrize("command", ["verify", "status", "sites", "dead-letters"])
def test_a_server_that_is_away_is_said_in_one_line(command: str, tmp_path: Path) -> None:
    port = free_port()
    urls = {"DATABASE_URL": f"postgresql://a:b@127.0.0.1:{port}/x", "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    done = run(tmp_path, command, **urls)
    [line] = done.stderr.splitlines()
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in line
    assert "onnection refused" in line
    assert "Is `make up` running?" in line


def test_a_migration_that_waits_says_once_why() -> None:
    said: list[Unavailable] = []
    with pytest.raises(Unavailable):
        migrate(f"postgresql://a:b@127.0.0.1:{free_port()}/x", timeout_seconds=1.2, tell=said.append)
    [error] = said
    assert "Connection refused" in error.reason


def test_a_refused_password_is_said_and_no_client_is_told(postgres_url: str) -> None:
    url = postgres_url.replace(urlsplit(postgres_url).password or "", "wrong")
    with pytest.raises(Unavailable) as caught:
        Database(url, connections=1, timeout_seconds=5).run("select 1")
    assert "password authentication failed" in caught.value.reason
    assert "127.0.0.1" not in caught.value.detail


def test_a_database_without_tables_is_said_to_want_a_migration(
    postgres_url: str, valkey_url: str, tmp_path: Path
) -> None:
    url = urlsplit(postgres_url)._replace(path="/postgres").geturl()
    done = run(tmp_path, "sites", DATABASE_URL=url, REDIS_URL=valkey_url)
    [line] = done.stderr.splitlines()
    assert "Has `analytics migrate` run?" in line
