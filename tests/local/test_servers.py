"""The embedded servers, the files that they need, and the ports."""

import contextlib
import os
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

import pg8000.dbapi
import psutil
import pytest
import redis

from common.settings import GENERATED_ENV, Settings
from infra.local import credentials, embedded, postgres, stack
from infra.local.address import free_port, reachable, refused_ports
from infra.local.errors import StartFailed
from infra.local.postgres import PostgresServer
from tests.local.conftest import eventually

pytestmark = pytest.mark.long


def test_half_made_data_folder_is_never_taken_for_a_complete_one(tmp_path: Path) -> None:
    half_made = tmp_path / "postgres.new-killed"
    half_made.mkdir()
    with embedded.postgres(tmp_path / "postgres", durable=False) as url:
        assert not half_made.exists()
        assert answer(url, "select current_database()") == "analytics"


def test_collation_and_time_zone_do_not_depend_on_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("TZ", "America/New_York")
    with embedded.postgres(tmp_path / "postgres", durable=False) as url:
        locale = "select concat_ws(' ', datlocprovider, datlocale) from pg_database where datname = 'analytics'"
        assert answer(url, locale) == "b C.UTF-8"
        assert answer(url, "show timezone") == "UTC"
        assert answer(url, "show server_encoding") == "UTF8"


@pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL refuses no one but root")
def test_root_may_keep_data_under_a_folder_that_only_root_may_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with embedded.postgres(tmp_path / "postgres", durable=False) as url:
        assert answer(url, "select 1") == 1
        owners = {process.uids().real for process in psutil.process_iter() if works_in(tmp_path, process)}
    assert owners
    assert 0 not in owners
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_start_goes_on_when_another_process_has_the_servers_old_id(new_data: Path) -> None:
    stale = new_data / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getppid()}\n{new_data / 'postgres'}\n")
    PostgresServer(new_data / "postgres", 0, "password").prepare()
    assert not stale.exists()


def test_start_goes_on_when_the_old_server_is_a_zombie(new_data: Path) -> None:
    stale = new_data / "postgres" / "postmaster.pid"
    with subprocess.Popen(["true"], stdout=subprocess.PIPE) as zombie:
        assert zombie.stdout is not None
        zombie.stdout.read()
        wait_for_zombie(zombie.pid)
        stale.write_text(f"{zombie.pid}\n{new_data / 'postgres'}\n")
        PostgresServer(new_data / "postgres", 0, "password").prepare()
    assert not stale.exists()


def test_wrong_password_is_said_rather_than_waited_for(tmp_path: Path) -> None:
    with embedded.postgres(tmp_path / "postgres", durable=False) as url:
        port = urlsplit(url).port
        assert port is not None
        with pytest.raises(StartFailed, match="refuses the password"):
            PostgresServer(tmp_path / "postgres", port, "wrong").is_ready()


def test_valkey_syncs_each_write_and_never_evicts(tmp_path: Path) -> None:
    with embedded.valkey(tmp_path / 'a "quoted" folder') as url, redis.Redis.from_url(url) as client:
        settings = client.config_get("append*", "maxmemory-policy", "save", "bind")
        assert settings["appendonly"] == "yes"
        assert settings["appendfsync"] == "always"
        assert settings["maxmemory-policy"] == "noeviction"
        assert settings["save"] == ""
        assert settings["bind"] == "127.0.0.1"
    assert (tmp_path / 'a "quoted" folder' / "valkey.conf").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, without any settings of the machine's."""
    monkeypatch.chdir(tmp_path)
    for name in ("REDIS_URL", "DATABASE_URL", "PROCESS_URL", "INGEST_URL", "STATS_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".data").mkdir()
    return tmp_path


def test_passwords_are_made_once_and_a_new_port_keeps_them(elsewhere: Path) -> None:
    first = credentials.find_endpoints(Settings(_env_file=None))
    second = credentials.find_endpoints(Settings(_env_file=None, redis_port=7000))
    assert second.redis_url == first.redis_url.replace(":16379/", ":7000/")
    assert second.database_url == first.database_url
    assert (elsewhere / ".data" / GENERATED_ENV).stat().st_mode & 0o777 == 0o600


def test_every_command_finds_what_was_noted(elsewhere: Path) -> None:
    endpoints = credentials.find_endpoints(Settings(_env_file=None, process_port=7002))
    loaded = Settings.load()
    assert loaded.redis_url == endpoints.redis_url
    assert loaded.database_url == endpoints.database_url
    assert loaded.process_url == "http://127.0.0.1:7002"


def test_env_file_wins_over_what_was_noted(elsewhere: Path) -> None:
    credentials.find_endpoints(Settings(_env_file=None))
    (elsewhere / ".env").write_text("REDIS_URL=redis://elsewhere:1/0\n")
    endpoints = credentials.find_endpoints(Settings.load())
    assert endpoints.valkey is None
    assert endpoints.redis_url == "redis://elsewhere:1/0"
    assert endpoints.postgres is not None


def test_two_settings_with_one_port_are_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (line,) = refused_ports("127.0.0.1", {"INGEST_PORT": port, "STATS_PORT": port})
    assert f"Port {port} on 127.0.0.1 is taken: set STATS_PORT" in line


def test_only_ingest_and_stats_leave_this_machine(elsewhere: Path) -> None:
    settings = Settings(_env_file=None, listen_host="0.0.0.0")
    endpoints = credentials.find_endpoints(settings)
    argv = {part.name: list(part.argv) for stage in stack.stages(settings, endpoints) for part in stage}
    hosts = {name: words[words.index("--host") + 1] for name, words in argv.items() if "--host" in words}
    assert hosts == {"ingest": "0.0.0.0", "process": "127.0.0.1", "stats": "0.0.0.0"}
    assert stack.environment(settings, endpoints)["LISTEN_HOST"] == "127.0.0.1"  # the poller's
    assert "bind 127.0.0.1\n" in (elsewhere / ".data" / "valkey" / "valkey.conf").read_text()
    assert "listen_addresses=127.0.0.1" in argv["postgres"]


def test_the_processors_key_is_made_once_and_is_nobody_elses_to_read(elsewhere: Path) -> None:
    first, second = (credentials.find_endpoints(Settings(_env_file=None)) for _ in range(2))
    assert first.process_key == second.process_key == Settings.load().process_key
    assert len(first.process_key) >= 32
    assert stack.environment(Settings.load(), first)["PROCESS_KEY"] == first.process_key
    (elsewhere / ".env").write_text("PROCESS_KEY=chosen-by-the-operator\n")
    assert credentials.find_endpoints(Settings.load()).process_key == "chosen-by-the-operator"


def test_a_killed_initdb_leaves_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[bytes] = []

    def die(command: list[str], text: str = "") -> None:
        left.extend(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert "Sesame" not in " ".join(command)
        raise KeyboardInterrupt

    monkeypatch.setattr(postgres, "_run", die)
    with pytest.raises(KeyboardInterrupt):
        PostgresServer(tmp_path / "postgres", 0, "Sesame").prepare()
    assert not [content for content in left if b"Sesame" in content]


@pytest.mark.parametrize("password", ["it's", 'a"b\\c', "é %s :x"])
def test_any_password_is_the_one_that_postgresql_asks_for(password: str, tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "postgres", free_port(), password, durable=False)
    server.prepare()
    with subprocess.Popen(server.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(server.is_ready)
        finally:
            process.send_signal(server.stop_signal)
    assert not [path for path in tmp_path.iterdir() if path != server.folder]


def test_address_of_another_machine_is_refused_in_one_line() -> None:
    (line,) = refused_ports("192.0.2.1", {"INGEST_PORT": 3001, "STATS_PORT": 3002})
    assert "set LISTEN_HOST" in line


@pytest.mark.parametrize(
    ("listen_host", "host"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("10.0.0.1", "10.0.0.1")]
)
def test_what_listens_everywhere_is_reached_over_loopback(listen_host: str, host: str) -> None:
    assert reachable(listen_host) == host


def works_in(folder: Path, process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return process.cwd() == str(folder / "postgres")
    return False


def wait_for_zombie(pid: int) -> None:
    deadline = time.monotonic() + 60
    while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def answer(url: str, question: str) -> object:
    parts = urlsplit(url)
    connection = pg8000.dbapi.connect(
        parts.username, parts.hostname, parts.path[1:], parts.port, parts.password, timeout=5
    )
    with contextlib.closing(connection):
        cursor = connection.cursor()
        cursor.execute(question)
        (row,) = cursor.fetchall()
        return row[0]


def test_free_port_is_not_given_twice_before_anybody_listens_on_it() -> None:
    ports = [free_port() for _ in range(200)]
    assert len(set(ports)) == len(ports)
