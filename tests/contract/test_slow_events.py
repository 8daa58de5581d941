"""An event on which PostgreSQL never ends: it is given up alone, and holds nobody."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from redis import Redis

from common.dead_letter import Reason
from common.errors import TookTooLong, Unavailable
from common.http.problems import answer_error
from common.postgres.database import Database
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import Entry, encode_batch, read_failures
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.poller.crew import Crew
from infra.poller.delivery import Limits
from infra.poller.invoker import Crash, Outage
from infra.poller.lane import Lane
from infra.poller.pace import Pace
from infra.poller.turn import Turn
from infra.queue.consumer import RedisQueue
from infra.queue.dead_letters import DeadLetters
from infra.queue.status import read_status
from infra.verification.recount import verify_aggregates
from tests.contract.history import MIDNIGHT, event

pytestmark = pytest.mark.long

SLOW = """
create function sleep_long() returns trigger language plpgsql as
'begin if new.path = ''/slow'' then perform pg_sleep(3600); end if; return new; end';
create trigger slow before insert on events for each row execute function sleep_long();
"""


class PatientInvoker:
    """The processor without HTTP, and quick whenever it is asked whether it is."""

    def __init__(self, store: PostgresStore) -> None:
        self.store = store

    def invoke(self, entries: Sequence[Entry]) -> dict[str, Reason]:
        try:
            answer = handle_batch(encode_batch(entries, may_defer=True), self.store)
        except TookTooLong as error:
            raise Crash("timed_out") from error
        except Unavailable as error:
            raise Outage("away") from error
        return read_failures(json.dumps(answer).encode(), entries)  # type: ignore[return-value]


@pytest.fixture
def store(settings: Settings, database: Database) -> Iterator[PostgresStore]:
    database.run(SLOW)
    impatient = Database(settings.database_url, connections=2, timeout_seconds=3)  # for others, on a busy machine
    yield PostgresStore(impatient)
    impatient.close()


def deliver(*events: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [{"messageId": "0:1763000000000-0", "body": json.dumps(events)}], "mayDefer": True}


def test_work_without_end_is_told_apart_from_waiting_for_a_lock(store: PostgresStore, database: Database) -> None:
    with pytest.raises(TookTooLong) as never:
        handle_batch(deliver(event(1, MIDNIGHT, path="/slow")), store)
    answer = answer_error(never.value)
    assert answer is not None
    assert answer.status_code == 504
    with database.transaction() as connection:
        connection.run("lock table visits in access exclusive mode")
        with pytest.raises(Unavailable) as waited:
            handle_batch(deliver(event(2, MIDNIGHT)), store)
    assert not isinstance(waited.value, TookTooLong)


def test_it_becomes_a_dead_letter_and_what_came_with_it_and_after_it_is_stored(
    settings: Settings, redis: "Redis", store: PostgresStore, database: Database
) -> None:
    append(settings, event(1, MIDNIGHT), event(2, MIDNIGHT, path="/slow"), event(3, MIDNIGHT))
    append(settings, event(4, MIDNIGHT, site_id="shop"))
    limits = Limits(max_events=100, max_bytes=1 << 20, idle_block_ms=1, max_attempts=2)
    turn = Turn(Crew(PatientInvoker(store)), Pace(0, time.monotonic))
    lane = Lane(RedisQueue(redis, settings, 0, 0), turn, limits, lambda _: None, lambda _: None)
    while lane.step(claim=False):
        pass
    [letter] = DeadLetters(redis, settings).list()
    assert (letter.site_id, letter.reason, letter.attempts, "/slow" in letter.payload) == ("blog", "timed_out", 2, True)
    assert database.run("select site_id, count(*) from events group by 1 order by 1") == [["blog", 2], ["shop", 1]]
    assert read_status(redis, settings).events == 0
    assert verify_aggregates(settings.database_url) == []


def append(settings: Settings, *events: dict[str, Any]) -> None:
    async def run() -> None:
        stream = RedisStream(settings)
        await stream.append(0, [(one["site_id"], json.dumps(one).encode()) for one in events])
        await stream.close()

    asyncio.run(run())
