"""The commands of docs/scaling.md for a second database, as they stand there, on two servers while events flow."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest

from common.groups.slots import find_slot
from common.postgres.database import Database
from infra.local import embedded
from infra.roles.provision import READER, WRITER
from tests.e2e.conftest import PROJECT, System, eventually

PAGE = (PROJECT / "docs" / "scaling.md").read_text()
DAY = "2025-11-12"
SITES = [f"site-{number}" for number in range(12)]
pytestmark = [pytest.mark.e2e, pytest.mark.long]


def read_blocks() -> list[str]:
    section = PAGE.partition("\n### From one database to two\n")[2].partition("\n### ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


@pytest.fixture
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a second server's superuser."""
    with embedded.postgres(tmp_path_factory.mktemp("second") / "postgres", durable=False) as url:
        yield url


def run(block: str, system: System, second: str) -> str:
    server = urlsplit(second)
    own = block.replace("postgres:password@db2:5432", server.netloc)
    own = own.replace("db2:5432", f"{server.hostname}:{server.port}")
    own = own.replace(".data/", "data/").replace(".venv/", f"{Path(sys.prefix)}/")
    command = ["bash", "-euo", "pipefail", "-c", own]
    done = subprocess.run(command, cwd=system.folder, env=system.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (block, done.stdout, done.stderr)
    return done.stdout


def restart(system: System) -> None:
    system.stop()
    system.log = ""
    system.start()


def send(system: System, site: str) -> bool:
    body = f'{{"site_id": "{site}", "user_id": "ann", "path": "/", "timestamp": "{DAY}T10:00:00Z"}}'
    request = Request(f"{system.ingest_url}/event", body.encode(), {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=60) as answer:
            return bool(answer.status == 202)
    except HTTPError:
        return False


@contextmanager
def flow(system: System, sent: list[str]) -> Iterator[None]:
    """Events of all sites come while the block runs."""
    ends = threading.Event()

    def go_on() -> None:
        while not ends.is_set():
            sent.extend(site for site in SITES if send(system, site))
            time.sleep(0.1)

    sender = threading.Thread(target=go_on)
    sender.start()
    try:
        yield
    finally:
        ends.set()
        sender.join()


def has_all(system: System, sent: list[str]) -> Callable[[], bool]:
    def is_so() -> bool:
        return all(int(system.read_day(site, DAY).get("total_views", -1)) == sent.count(site) for site in SITES)

    return is_so


def list_sites(url: str) -> set[str]:
    with closing(Database(url, 1, 60)) as database:
        return {site for [site] in database.run("select distinct site_id from events")}


def list_roles(url: str) -> set[str]:
    with closing(Database(url, 1, 60)) as database:
        return {role for [role] in database.run("select distinct usename from pg_stat_activity where usename <> ''")}


def test_a_second_database_comes_and_goes_as_the_page_says_while_events_flow(own: System, second: str) -> None:
    prepare, move, go_back = read_blocks()
    sent = [site for site in SITES if send(own, site)]
    with flow(own, sent):
        run(prepare, own, second)
    restart(own)
    with flow(own, sent):
        said = run(move, own, second)
    assert "home: 256 slots (0-255)" in said
    assert "second: 128 slots (128-255)" in said
    assert "every aggregate equals its recount" in said
    eventually(has_all(own, sent), 120, "all events that were accepted are in the figures")
    away = {site for site in SITES if find_slot(site) >= 128}
    assert away
    assert list_sites(second) == away
    assert list_sites(own.settings.database_url) == set(SITES) - away
    assert {WRITER, READER} <= list_roles(second)
    with flow(own, sent):
        assert "every aggregate equals its recount" in run(go_back, own, second)
    restart(own)
    assert send(own, SITES[0])
    sent.append(SITES[0])
    eventually(has_all(own, sent), 120, "all events that were accepted are in the figures of one database")
    assert list_sites(own.settings.database_url) == set(SITES)
    assert list_sites(second) == set()
    assert "DATABASE_GROUPS" not in (own.folder / ".env").read_text()
