"""From every released schema to the present one: on a filled database, while its processor goes on, and back."""

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from common.postgres.database import Database
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.migrations.backfill import backfill
from infra.migrations.runner import migrate
from infra.verification.recount import verify_aggregates
from tests.conftest import administer
from tests.contract.history import batch, make_history

PROJECT = Path(__file__).resolve().parents[2]
RELEASES = {
    "0003": "b8cf07ed8bb35721332cd7df9fe50a24572fbf12",
    "0009": "8802c26a60ff74fce86e7f4642be1dc8dcb3832b",
    "0010": "81d27ac31b82dc4d1621fca5949e395e2b6e4711",
    "0013": "122f95c48498a288f35a116721c62119acc16e77",
    "0015": "ec7f1300ecb55bb0b7e126d8f6c4d4b0b831d7f1",
    "0016": "33cf7ab4fdd0b115999f1302e94352f379d562f1",
    "0017": "d259cec5d9d2a1542db728e8519aeedaeffa6880",
    "0021": "3e9cf88e45d2b083046edcabc566eb90cdd8f2fa",
}
"""The last commit with each schema that was released, by its last migration."""
GOES_BACK = "0003"
"""From this release on one can go back: it starts on the present schema, and its processor works there."""
BATCH_EVENTS = 20
BATCHES = 60

WORKER = """
import json, sys
import common
assert common.__file__.startswith(sys.argv[1]), common.__file__
from infra.migrations.runner import migrate
migrate(sys.argv[2])
from functions.process.main import handler
print("ready", flush=True)
def ask(path):
    from starlette.testclient import TestClient
    from functions.stats.main import app
    return TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50_000)).get(path).json()
for line in sys.stdin:
    payload = json.loads(line)
    try:
        answer = ask(payload["ask"]) if "ask" in payload else handler(payload)["batchItemFailures"]
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    print(json.dumps(answer), flush=True)
"""
pytestmark = pytest.mark.long


class Release:
    """The processor of a release, in a process of its own; it makes the schema that it knows."""

    def __init__(self, commit: str, folder: Path, database_url: str) -> None:
        archive = subprocess.run(
            ["git", "archive", commit, "common", "functions", "infra"], cwd=PROJECT, capture_output=True, check=True
        )
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(folder, filter="data")
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "DATABASE_URL": database_url}
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder), database_url],
            cwd=folder, env=env | {"LOG_LEVEL": "ERROR"}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if (said := self._read()) != "ready":
            self.end()
            raise AssertionError(f"the release does not start: {said}")

    def process(self, payload: dict[str, Any]) -> Any:
        """What it answers to a batch: the messages at fault, or in words why it failed."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(payload) + "\n")
        self._process.stdin.flush()
        return json.loads(self._read())

    def count_views(self, site_id: str, day: str) -> int:
        """What its stats says of a day."""
        answer = self.process({"ask": f"/stats?site_id={site_id}&date={day}"})
        assert isinstance(answer, dict), answer
        return int(answer["total_views"])

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """A database without a schema."""
    name = f"upgraded_{uuid.uuid4().hex}"
    administer(postgres_url, f"create database {name} template template0")
    opened = Database(urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}")), connections=4, timeout_seconds=30)
    yield opened
    opened.close()
    administer(postgres_url, f"drop database {name} with (force)")


def url_of(postgres_url: str, database: Database) -> str:
    [[name]] = database.run("select current_database()")
    return urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))


class Delivery(threading.Thread):
    """Delivers batches to a release until it is told to end, as a poller does: what failed is kept.

    When there are no new ones, it delivers some again.
    """

    def __init__(self, release: Release, batches: Sequence[dict[str, Any]]) -> None:
        super().__init__()
        self._release = release
        self._end = threading.Event()
        self.left = list(batches)
        self._delivered: list[dict[str, Any]] = []
        self.failed: list[dict[str, Any]] = []
        self.said: list[str] = []

    def run(self) -> None:
        while not self._end.is_set():
            payload = self.left.pop(0) if self.left else self._delivered.pop(0)
            self._delivered.append(payload)
            if answer := self._release.process(payload):
                self.failed.append(payload)
                self.said.append(str(answer))

    def end(self) -> None:
        self._end.set()
        self.join()


@pytest.mark.parametrize("schema", RELEASES)
def test_an_upgrade_under_load_loses_nothing_and_the_release_before_works_on_the_newer_schema(
    schema: str, database: Database, postgres_url: str, tmp_path: Path
) -> None:
    if (
        shutil.which("git") is None
        or subprocess.run(["git", "cat-file", "-e", RELEASES[schema]], cwd=PROJECT, capture_output=True).returncode
    ):
        pytest.skip("no git, or no history with the release")
    url = url_of(postgres_url, database)
    history = make_history(seed=7, events=BATCHES * BATCH_EVENTS, hours=400)
    batches = [batch(history[number * BATCH_EVENTS : (number + 1) * BATCH_EVENTS], number) for number in range(BATCHES)]
    release = Release(RELEASES[schema], tmp_path, url)
    try:
        assert [release.process(payload) for payload in batches[:20]] == [[]] * 20
        delivery = Delivery(release, batches[20:-10])
        delivery.start()
        migrate(url)
        delivery.end()
        store = PostgresStore(database)
        for payload in [*delivery.failed, *delivery.left]:
            assert handle_batch(payload, store) == {"batchItemFailures": []}
        last = batches[-10:]
        if schema >= GOES_BACK:
            release.end()
            release = Release(RELEASES[schema], tmp_path, url)  # with its own migrations, which find nothing to do
            assert [release.process(payload) for payload in last[:5]] == [[]] * 5
            last = last[5:]
            [[views]] = database.run(
                "select total_views from daily_stats where site_id = 'blog' and date = '2006-10-29'"
            )
            assert release.count_views("blog", "2006-10-29") == views > 0
        for payload in [*last, *batches[:3]]:  # and some again
            assert handle_batch(payload, store) == {"batchItemFailures": []}
        assert backfill(database, "UTC")
    finally:
        release.end()
    assert database.run("select count(distinct event_id), count(*) from events") == [[len(history)] * 2], delivery.said
    assert verify_aggregates(url) == []
