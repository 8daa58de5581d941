"""`make up`, line by line, with stand-ins for the functions. Real servers where the behaviour is about them."""

import contextlib
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pg8000.dbapi
import psutil
import pytest
import redis

from common.settings import GENERATED_ENV, Settings
from infra.local import session
from infra.local import up as up_module
from infra.local.console import Console
from infra.local.credentials import find_endpoints
from infra.local.process import MARK
from infra.local.welcome import welcome

if TYPE_CHECKING:
    from tests.local.conftest import Site


def test_start_says_what_to_do_next_and_sigterm_stops_all_in_reverse_order(site: "Site") -> None:
    up = site.without_servers().up()
    up.wait_until_ready()
    assert f"curl -X POST http://localhost:{site.ports['INGEST_PORT']}/event -H" in up.text
    curl = f'curl "http://localhost:{site.ports["STATS_PORT"]}/stats?site_id=site-abc-123&date=2025-11-12"'
    assert curl in up.text
    assert up.end(signal.SIGTERM) == 0
    assert up.text.index("stopping poller") < up.text.index("stopping ingest, process, stats")
    assert site.processes() == []


def test_what_to_do_next_has_the_key_that_figures_ask_for(site: "Site") -> None:
    up = site.without_servers().up(STATS_API_KEY="a key")
    up.wait_until_ready()
    assert 'curl -H "X-API-Key: $STATS_API_KEY" "http://localhost:' in up.text
    assert "a key" not in up.text
    assert up.end() == 0
    settings = Settings(stats_api_key="a key", data_dir=site.data_dir)
    private = welcome(settings, find_endpoints(settings), is_private=True)
    assert "curl -H 'X-API-Key: a key' \"http://localhost:3003/stats" in private


@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_data_folder_without_rights_is_said_in_one_line(site: "Site", mode: int) -> None:
    if os.geteuid() == 0:
        pytest.skip("root has every right")
    site.data_dir.mkdir()
    (site.data_dir / "up.lock").touch()
    site.data_dir.chmod(mode)
    up = site.up()
    assert up.exit_code() != 0
    site.data_dir.chmod(0o700)
    assert len(up.lines) <= 2
    assert "DATA_DIR" in up.text


def test_a_data_folder_whose_rights_are_refused_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / GENERATED_ENV))

    monkeypatch.setattr(session, "find_endpoints", refuse)
    monkeypatch.setattr(session, "Console", lambda: Console(sys.stdout))
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # this process keeps its own
    assert session.run(Settings(data_dir=tmp_path)) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert "Permission denied" in line
    assert "set DATA_DIR to another one" in line


def test_ctrl_c_that_reaches_every_process_stops_all_and_restarts_nothing(site: "Site") -> None:
    up = site.without_servers().up()
    up.wait_until_ready()
    # the one that starts the others first, as they are sent at once in a terminal, and this loop may be slow
    for process in sorted(site.processes(), key=lambda process: process.pid != up.process.pid):
        with contextlib.suppress(psutil.NoSuchProcess):  # the first one has ended it
            process.send_signal(signal.SIGINT)
    assert up.exit_code() == 0
    assert "starting it again" not in up.text
    assert site.processes() == []


def test_dead_part_is_started_again_and_its_orphaned_worker_ended(site: "Site") -> None:
    up = site.without_servers().up()
    up.wait_until_ready()
    master = psutil.Process(up.master("stats"))
    (worker,) = master.children()
    master.kill()
    up.wait_for("stats died (by SIGKILL); starting it again in 0.5 s")
    site.eventually(lambda: not site.is_alive(worker))
    site.eventually(lambda: up.master("stats") != master.pid)
    site.eventually(lambda: is_listening(site.ports["STATS_PORT"]))
    assert up.end() == 0


def test_start_with_a_part_that_dies_at_once_fails_and_leaves_nothing(site: "Site") -> None:
    up = site.without_servers().up(BEHAVIOUR_STATS="dies")
    assert up.exit_code() == 1
    assert "stats died (exit code 3); starting it again in 1 s" in up.text
    assert "stats failed (exit code 3): see its lines above." in up.text
    assert site.processes() == []


def test_start_with_a_part_that_never_gets_ready_fails_and_leaves_nothing(site: "Site") -> None:
    up = site.without_servers().up(BEHAVIOUR_POLLER="hangs")
    assert up.exit_code() == 1
    assert "poller was not ready within 0.5 s" in up.text
    assert site.processes() == []


def test_part_that_does_not_stop_is_killed(site: "Site") -> None:
    up = site.without_servers().up(BEHAVIOUR_INGEST="ignores SIGTERM")
    up.wait_until_ready()
    assert up.end() == 0
    assert "ingest did not stop in time and was killed" in up.text
    assert site.processes() == []


def test_sigterm_during_the_start_leaves_nothing(site: "Site") -> None:
    up = site.up()
    up.wait_for("starting valkey, initdb")
    assert up.end() == 0
    assert site.processes() == []


def test_taken_port_is_said_in_one_line_with_its_setting(site: "Site") -> None:
    with socket.create_server(("127.0.0.1", site.ports["STATS_PORT"])):
        up = site.up()
        assert up.exit_code() == 1
    assert f"Port {site.ports['STATS_PORT']} on 127.0.0.1 is taken: set STATS_PORT to another one" in up.text
    assert len(up.lines) == 1


@pytest.mark.long
def test_second_up_on_the_same_data_says_that_the_first_lives(site: "Site") -> None:
    first = site.without_servers().up()
    first.wait_until_ready()
    second = site.up()
    assert second.exit_code() == 1
    assert f"Already running on .data (process {first.process.pid})" in second.text
    assert len(second.lines) == 1
    assert is_listening(site.ports["INGEST_PORT"])
    assert first.end() == 0


@pytest.mark.long
@pytest.mark.parametrize("victims", ["supervisor", "everything"])
def test_data_survives_kill_9_and_the_next_up_ends_what_was_left(used_site: "Site", victims: str) -> None:
    site = used_site
    first = site.up()
    first.wait_until_ready()
    store(site)
    left = site.processes()
    killed = left if victims == "everything" else [psutil.Process(first.process.pid)]
    for process in killed:
        site.kill(process)
    first.exit_code()
    site.eventually(lambda: not any(map(site.is_alive, killed)))  # what dies yet would be found as left behind
    second = site.up()
    second.wait_until_ready()
    assert not any(site.is_alive(process) for process in left)
    assert ("that the last run left behind" in second.text) == (victims == "supervisor")
    assert stored(site) == ("kept", "kept")
    assert second.end() == 0
    assert site.processes() == []


def test_worker_whose_master_died_with_the_supervisor_is_ended_too(site: "Site") -> None:
    first = site.without_servers().up()
    first.wait_until_ready()
    (worker,) = psutil.Process(first.master("ingest")).children()
    first.process.kill()
    first.exit_code()
    psutil.Process(first.master("ingest")).kill()
    second = site.up()
    second.wait_until_ready()
    assert not site.is_alive(worker)


@pytest.mark.long
def test_servers_that_are_killed_come_back_with_their_data(used_site: "Site") -> None:
    site = used_site
    up = site.up()
    up.wait_until_ready()
    store(site)
    children = psutil.Process(up.process.pid).children()
    for process in [child for child in children if child.name() in ("valkey-server", "postgres")]:
        site.kill(process)
    up.wait_for("postgres died (by SIGKILL)")
    up.wait_for("valkey died (by SIGKILL)")
    site.eventually(lambda: is_listening(site.ports["POSTGRES_PORT"]) and is_listening(site.ports["REDIS_PORT"]))
    site.eventually(lambda: stored_or_none(site) == ("kept", "kept"))
    assert up.end() == 0


def test_servers_that_the_settings_name_are_not_started(site: "Site") -> None:
    up = site.without_servers().up()
    up.wait_until_ready()
    assert not (site.data_dir / "postgres").exists()
    assert not (site.data_dir / "valkey").exists()
    env = psutil.Process(up.master("ingest")).environ()
    assert env["REDIS_URL"] == "redis://127.0.0.1:1/0"
    assert MARK in env


@pytest.mark.long
def test_process_and_stats_log_in_as_roles_of_their_own_in_a_data_folder_of_an_earlier_version_too(
    used_site: "Site",
) -> None:
    up = used_site.up()
    up.wait_until_ready()
    roles = {"process": "analytics_writer", "stats": "analytics_reader"}
    for part, role in roles.items():
        login = urlsplit(psutil.Process(up.master(part)).environ()["DATABASE_URL"])
        assert login.username == role
        with contextlib.closing(
            pg8000.dbapi.connect(role, "127.0.0.1", "analytics", used_site.ports["POSTGRES_PORT"], login.password)
        ) as connection:
            cursor = connection.cursor()
            cursor.execute("select current_user, current_setting('is_superuser')")
            assert tuple(cursor.fetchall()[0]) == (role, "off")
        with pytest.raises(pg8000.dbapi.Error):  # no password of one role is another's
            pg8000.dbapi.connect(
                "analytics_owner", "127.0.0.1", "analytics", used_site.ports["POSTGRES_PORT"], login.password
            )


@pytest.mark.long
def test_no_function_gets_the_superusers_password_or_anothers_role(used_site: "Site") -> None:
    up = used_site.up()
    up.wait_until_ready()
    passwords = {value for name, value in generated(used_site).items() if name.endswith("_PASSWORD")}
    assert len(passwords) == 4
    for part, most in (("process", 1), ("stats", 1), ("ingest", 0), ("poller", 0)):
        env = "\n".join(psutil.Process(up.master(part)).environ().values())
        assert len([password for password in passwords if password in env]) <= most, part


def test_windows_is_told_to_use_docker_compose(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(up_module.sys, "platform", "win32")
    assert up_module.run(Settings()) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "docker compose up -d" in line


def is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def generated(site: "Site") -> dict[str, str]:
    lines = (site.data_dir / GENERATED_ENV).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def connect(site: "Site") -> tuple["redis.Redis", pg8000.dbapi.Connection]:
    urls = generated(site)
    login = urlsplit(urls["DATABASE_URL"])
    assert login.username
    database = pg8000.dbapi.connect(
        login.username, "127.0.0.1", "analytics", site.ports["POSTGRES_PORT"], login.password
    )
    return redis.Redis.from_url(urls["REDIS_URL"], decode_responses=True), database


def store(site: "Site") -> None:
    queue, database = connect(site)
    with queue:
        queue.set("word", "kept")
    with contextlib.closing(database):
        database.cursor().execute("create table word as select 'kept' as word")
        database.commit()


def stored(site: "Site") -> tuple[object, object]:
    queue, database = connect(site)
    with queue:
        word = queue.get("word")
    with contextlib.closing(database):
        cursor = database.cursor()
        cursor.execute("select word from word")
        (row,) = cursor.fetchall()
        return word, row[0]


def stored_or_none(site: "Site") -> tuple[object, object] | None:
    try:
        return stored(site)
    except (redis.RedisError, pg8000.dbapi.Error, OSError):
        return None
