"""Rejected events and dead letters through the command line, on real servers."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from common.dead_letter import DeadLetter
from common.postgres.database import Database
from common.settings import Settings
from common.wire import encode_batch
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from functions.stats.day.reader import DayReader
from infra.cli.dead_letters import dead_letters
from infra.cli.rejected import rejected
from infra.queue.consumer import RedisQueue
from tests.contract.everywhere import everywhere

GOOD = {
    "site_id": "blog",
    "event_type": "page_view",
    "path": "/home",
    "timestamp": "2025-11-12T10:00:00Z",
    "event_id": str(UUID(int=7)),
}
BAD = {**GOOD, "path": None}


@pytest.fixture
def queue(redis: "Redis", settings: Settings) -> RedisQueue:
    return RedisQueue(redis, settings, shard=0, lane=0)


def run(settings: Settings, *arguments: str, text: str | None = None) -> Result:
    group = {"rejected": rejected, "dead-letters": dead_letters}[arguments[0]]
    return CliRunner().invoke(group, arguments[1:], obj=everywhere(settings), input=text, catch_exceptions=False)


def process(queue: RedisQueue, database: Database) -> None:
    entries = queue.read_own() or queue.read_new(1)
    handle_batch(encode_batch(entries), PostgresStore(database))
    queue.settle(entries)


def views(database: Database) -> int:
    from datetime import date

    return DayReader(database).read_day("blog", date(2025, 11, 12), 10)[0]


def test_a_rejected_event_is_shown_edited_and_replayed_and_counts_once(
    settings: Settings, queue: RedisQueue, database: Database, tmp_path: Path
) -> None:
    source = "0:1763000000000-0/0"
    batch = {"Records": [{"messageId": "0:1763000000000-0", "body": json.dumps([BAD])}]}
    handle_batch(batch, PostgresStore(database))
    [listed] = json.loads(run(settings, "rejected", "list", "--json").output)
    assert listed["reason"] == "store_refused"
    assert json.loads(run(settings, "rejected", "show", source).output)["payload"] == json.dumps(BAD)

    refused = run(settings, "rejected", "edit", source, "-", text='{"site_id":"blog"}')
    assert (refused.exit_code, "event_type" in refused.output) == (1, True)
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(GOOD))
    assert run(settings, "rejected", "edit", source, str(mended)).exit_code == 0
    shown = json.loads(run(settings, "rejected", "show", source).output)
    assert (json.loads(shown["payload"]), json.loads(shown["original"])) == (GOOD, BAD)

    for _ in range(2):
        assert run(settings, "rejected", "replay", source).output == "replayed 1\n"
        process(queue, database)
    assert views(database) == 1
    assert run(settings, "rejected", "list").output == "No rejected events.\n"
    assert "store_refused" in run(settings, "rejected", "list", "--replayed").output


def test_an_event_that_is_still_not_valid_is_not_replayed(
    settings: Settings, database: Database, redis: "Redis"
) -> None:
    batch = {"Records": [{"messageId": "0:1763000000000-0", "body": json.dumps([{"site_id": "blog"}])}]}
    handle_batch(batch, PostgresStore(database))
    assert run(settings, "rejected", "replay", "--all").output == "replayed 0, 1 are not valid yet\n"
    assert redis.exists(f"{{{settings.stream_name}:0}}") == 0


def test_what_does_not_exist_is_said_so(settings: Settings) -> None:
    for group in ("rejected", "dead-letters"):
        done = run(settings, group, "show", "0:1-0/0")
        assert (done.exit_code, f"analytics {group} list" in done.output) == (1, True)
        assert run(settings, group, "replay").exit_code == 2


def test_a_dead_letter_is_shown_edited_and_replayed_and_counts_once(
    settings: Settings, queue: RedisQueue, database: Database, redis: "Redis"
) -> None:
    redis.xadd(f"{{{settings.stream_name}:0}}", {"v": 1, "n": 1, "data": json.dumps([BAD])})
    [entry] = queue.read_new(1)
    message_id = f"{entry.message_id}/0"
    queue.settle([entry], [DeadLetter(message_id, json.dumps([BAD]), "exited", 5, "blog")])
    assert message_id in run(settings, "dead-letters", "list").output
    assert run(settings, "dead-letters", "edit", message_id, "-", text="nope").exit_code == 1
    assert run(settings, "dead-letters", "edit", message_id, "-", text=json.dumps([GOOD])).exit_code == 0
    shown = json.loads(run(settings, "dead-letters", "show", message_id).output)
    assert json.loads(shown["original"]) == [BAD]
    assert run(settings, "dead-letters", "replay", "--all").output == "replayed 1\n"
    process(queue, database)
    assert views(database) == 1
    assert run(settings, "dead-letters", "list").output == "No dead letters.\n"


@pytest.mark.parametrize(
    "text", ["[]", json.dumps([GOOD, GOOD]), "", "1", "\\xff", json.dumps({**GOOD, "path": "\ud800"})]
)
def test_only_one_valid_event_can_take_the_place_of_another(
    text: str, settings: Settings, queue: RedisQueue, redis: "Redis"
) -> None:
    redis.xadd(f"{{{settings.stream_name}:0}}", {"v": "1", "n": "1", "data": json.dumps([BAD])})
    [entry] = queue.read_new(1)
    letter = DeadLetter(f"{entry.message_id}/0", json.dumps([BAD]), "crashed", 5, "blog")
    queue.settle([entry], [letter])
    refused = run(settings, "dead-letters", "edit", letter.message_id, "-", text=text)
    assert refused.exit_code == 1
    assert "not saved" in refused.output
    shown = run(settings, "dead-letters", "show", letter.message_id)
    assert json.loads(shown.output)["payload"] == letter.payload
