"""The ledger on real servers: it closes, and it fails to close where any counter is broken."""

import asyncio
import json
import time
from typing import Any
from uuid import UUID

import pytest
from redis import Redis

from common.dead_letter import DeadLetter
from common.errors import Unavailable
from common.placement import find_shard
from common.postgres.database import Database
from common.redis import stream as stream_module
from common.redis.keys import ShardKeys
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import Entry, encode_batch, read_minute, split
from functions.process.app import handle_batch
from functions.process.pruning import Pruning
from functions.process.store import PostgresStore
from infra.ledger.ledger import Ledger
from infra.ledger.reader import LedgerReader
from infra.poller.sites.queue_removal import QueueRemoval
from infra.queue.consumer import RedisQueue
from infra.queue.dead_letters import DeadLetters
from infra.verification.recount import verify_aggregates


def event(number: int, site_id: str = "blog", **fields: Any) -> dict[str, Any]:
    made = {
        "site_id": site_id,
        "event_type": "page_view",
        "path": "/home",
        "timestamp": "2025-11-12T10:00:00Z",
        "event_id": str(UUID(int=number)),
        **fields,
    }
    return {name: value for name, value in made.items() if value is not None}


class Line:
    """The whole path without HTTP, a step at a time, one minute ago by its ledger."""

    def __init__(self, settings: Settings, redis: "Redis", database: Database) -> None:
        self.settings, self.redis, self.database = settings, redis, database
        self.queue = RedisQueue(redis, settings, shard=0, lane=0)
        self.store = PostgresStore(database)
        self.keys = ShardKeys.of(settings.stream_name, 0)

    def accept(self, *events: dict[str, Any]) -> None:
        async def append() -> None:
            stream = RedisStream(self.settings)
            await stream.append(0, [(one["site_id"], json.dumps(one).encode()) for one in events])
            await stream.close()

        asyncio.run(append())

    def read(self) -> list[Entry]:
        return self.queue.read_own() or self.queue.read_new(1)

    def process(self, entries: list[Entry]) -> None:
        handle_batch(encode_batch(entries), self.store)

    def ledger(self, site_id: str | None = None) -> Ledger:
        """As it will read when the current minute is over."""
        now = int(time.time() // 60)
        return OverSoon(self.redis, self.database, self.settings).read(now - 2, site_id)


class OverSoon(LedgerReader):
    """Takes the current minute for one that is over; no test waits for a minute to end."""

    def _read_clock(self) -> int:
        return super()._read_clock() + 60_000


class ClockAt(LedgerReader):
    """Reads at one time, in milliseconds."""

    def __init__(self, milliseconds: int, redis: "Redis", database: Database, settings: Settings) -> None:
        super().__init__(redis, database, settings)
        self._milliseconds = milliseconds

    def _read_clock(self) -> int:
        return self._milliseconds


@pytest.fixture
def line(settings: Settings, redis: "Redis", database: Database, monkeypatch: pytest.MonkeyPatch) -> Line:
    # what is left for the next batch so that none waits for it is done here, however long a busy machine takes
    monkeypatch.setattr("functions.process.pruning.SECONDS", 60)
    return Line(settings, redis, database)


def figures(ledger: Ledger) -> dict[str, int]:
    total = ledger.total
    names = ("accepted", "stored", "duplicate", "rejected", "filtered", "dead_lettered", "in_flight")
    return {name: getattr(total, name) for name in names if getattr(total, name)}


def test_every_accepted_event_is_in_flight_until_it_has_an_outcome(line: Line) -> None:
    line.accept(event(1), event(2), event(3, "shop"))
    assert figures(line.ledger()) == {"accepted": 3, "in_flight": 3}
    entries = line.read()
    line.process(entries)
    assert figures(line.ledger()) == {"accepted": 3, "stored": 3}  # stored, though not settled yet
    line.queue.settle(entries)
    assert figures(line.ledger()) == {"accepted": 3, "stored": 3}
    assert figures(line.ledger("shop")) == {"accepted": 1, "stored": 1}
    assert line.ledger().closes


def test_a_redelivered_entry_adds_no_outcome_and_a_clients_duplicate_is_one(line: Line) -> None:
    line.accept(event(1), event(1))
    entries = line.read()
    for _ in range(3):
        line.process(entries)
    assert figures(line.ledger()) == {"accepted": 2, "stored": 1, "duplicate": 1}
    line.queue.settle(entries)
    line.accept(event(1))
    line.process(line.read())
    assert figures(line.ledger()) == {"accepted": 3, "stored": 1, "duplicate": 2}


@pytest.mark.parametrize("order", [("whole", "part"), ("part", "whole"), ("part", "part", "whole", "whole")])
def test_an_entry_counts_once_whether_it_comes_whole_or_in_parts(order: tuple[str, ...], line: Line) -> None:
    line.accept(event(1), event(2), event(2))
    [entry] = line.read()
    for delivery in order:
        line.process([entry] if delivery == "whole" else [split(entry)[1]])
    line.process([entry])
    assert figures(line.ledger()) == {"accepted": 3, "stored": 2, "duplicate": 1}


def test_a_rejected_event_is_an_outcome_with_its_reason(line: Line) -> None:
    line.accept(event(1), event(2, path=None))  # a page view without a path: PostgreSQL refuses it
    entries = line.read()
    line.process(entries)
    line.process(entries)
    assert figures(line.ledger()) == {"accepted": 2, "stored": 1, "rejected": 1}
    assert line.ledger().reasons == {"store_refused": 1}


def test_a_filtered_event_is_an_outcome_with_its_reason(line: Line) -> None:
    line.accept(event(1, filtered="bot"), event(2), event(3, filtered="spam_referrer"), event(1, filtered="bot"))
    entries = line.read()
    for _ in range(2):
        line.process(entries)
    assert figures(line.ledger()) == {"accepted": 4, "stored": 1, "filtered": 2, "duplicate": 1}
    assert line.ledger().reasons == {"bot": 1, "spam_referrer": 1}
    assert line.ledger().closes


def test_a_dead_letter_is_an_outcome_and_its_replay_a_new_acceptance(line: Line) -> None:
    line.accept(event(1), event(2))
    [entry] = line.read()
    good, bad = split(entry)
    line.process([good])
    line.queue.settle([entry], [DeadLetter(bad.message_id, bad.data.decode(), "exited", 5, "blog")])
    assert figures(line.ledger()) == {"accepted": 2, "stored": 1, "dead_lettered": 1}
    letters = DeadLetters(line.redis, line.settings)
    [letter] = letters.list()
    assert [letters.replay(letter), letters.replay(letter)] == [True, False]
    line.process(line.read())
    assert figures(line.ledger()) == {"accepted": 3, "stored": 2, "dead_lettered": 1}
    assert line.ledger().closes


def test_an_event_that_was_given_up_and_stored_after_all_was_stored(line: Line) -> None:
    line.accept(event(1))
    [entry] = line.read()
    [part] = split(entry)
    line.queue.settle([entry], [DeadLetter(part.message_id, part.data.decode(), "timed_out", 5, "blog")])
    line.process([part])  # the answer that came too late
    assert figures(line.ledger()) == {"accepted": 1, "stored": 1}


def test_refused_events_stand_beside_the_ledger(line: Line) -> None:
    async def refuse() -> None:
        stream = RedisStream(line.settings)
        await stream.count_refused(2)
        await stream.count_refused(1)
        await stream.close()

    asyncio.run(refuse())
    assert line.ledger().refused == 3
    assert line.ledger().closes


def test_fields_that_were_dropped_are_counted_by_site(line: Line) -> None:
    async def drop() -> None:
        stream = RedisStream(line.settings)
        await stream.count_dropped({("blog", "language"): 2, ("a b", "language"): 1})
        await stream.count_dropped({("blog", "screen"): 1})
        await stream.close()

    asyncio.run(drop())
    assert line.ledger().dropped == {"language": 3, "screen": 1}
    assert line.ledger("a b").dropped == {"language": 1}
    assert line.ledger().closes


def test_dropped_fields_of_very_many_sites_in_a_minute_are_counted_by_field_alone(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "MOST_DROPPED", 3)

    async def drop() -> None:
        stream = RedisStream(line.settings)
        for name in ("language", "screen"):
            await stream.count_dropped({(f"s{n}", name): 1 for n in range(10)})
        await stream.close()

    asyncio.run(drop())
    assert line.ledger().dropped == {"language": 10, "screen": 10}
    counts = [line.redis.hlen(key) for key in line.redis.scan_iter(f"{line.keys.dropped}*")]
    assert counts
    assert max(counts) <= 5


BREAKS = {
    "accepted": lambda line: line.redis.hincrby(f"{line.keys.accepted}{int(time.time() // 60)}", "blog", 1),
    "stored": lambda line: line.database.run("update outcomes set events = events + 1 where outcome = 'stored'"),
    "duplicate": lambda line: line.database.run("delete from outcomes where outcome = 'duplicate'"),
    "rejected": lambda line: line.database.run("delete from outcomes where outcome = 'rejected'"),
    "filtered": lambda line: line.database.run("delete from outcomes where outcome = 'filtered'"),
    "dead_lettered": lambda line: line.redis.delete(*line.redis.keys(f"{line.keys.dead}*")),  # of whatever minute
    "in_flight": lambda line: line.redis.xtrim(line.keys.stream, maxlen=0),
    "claims": lambda line: line.database.run(
        "insert into processed_entries select :entry, false", entry=in_flight(line)
    ),
}


def in_flight(line: Line) -> str:
    [[stream_id, _]] = line.redis.xrange(line.keys.stream)
    return f"0:{stream_id.decode()}"


LOSS = (
    "insert into queue_losses (stream, shard, cause, from_ms, until_ms, about, accepted_at)"
    " values (:queue, :shard, 'went_back', :at, :at, 1, now())"
)


@pytest.fixture
def crowded(line: Line) -> Line:
    """Where an hour has room for eight counts by site, four of them in the shard, and 40 sites had two events each."""
    line.settings = line.settings.model_copy(update={"ledger_counts_per_hour": 8})
    line.accept(*[event(2 * n, f"site-{n}") for n in range(4)])
    line.accept(*[event(2 * n + k, f"site-{n}") for n in range(40) for k in (0, 1)][4:])
    line.accept(*[event(2 * n, f"site-{n}") for n in range(4)][2:])
    return line


def test_more_sites_than_an_hour_may_count_share_counts_and_the_ledger_closes(crowded: Line) -> None:
    counts = [crowded.redis.hlen(key) for key in crowded.redis.keys(f"{crowded.keys.accepted}*")]
    assert counts
    assert max(counts) <= 4 + 16
    assert figures(crowded.ledger()) == {"accepted": 82, "in_flight": 82}
    while entries := crowded.read():
        crowded.process(entries)
        crowded.queue.settle(entries)
    assert figures(crowded.ledger()) == {"accepted": 82, "stored": 78, "duplicate": 4}
    assert crowded.ledger().closes
    [shared] = crowded.ledger("site-39").lines
    assert (shared.site_id[:16], shared.missing) == ("(several sites: ", 0)


def test_an_event_that_is_lost_of_a_site_that_shares_a_count_is_noticed(crowded: Line) -> None:
    [*entries, last] = crowded.read()
    crowded.process([*entries, *split(last)[1:]])
    assert crowded.ledger().closes
    crowded.redis.delete(crowded.keys.stream)
    assert [line.missing for line in crowded.ledger().lines if line.missing] == [1]
    assert not crowded.ledger().closes


def test_a_shared_count_of_which_a_site_was_deleted_is_judged_no_more_and_all_others_are(crowded: Line) -> None:
    crowded.process(crowded.read())
    crowded.database.run("delete from outcomes where site_id = 'site-39'")
    assert not crowded.ledger().closes
    QueueRemoval(crowded.redis, crowded.settings).forget("site-39")
    assert crowded.ledger().closes
    assert {place[0] for place in crowded.ledger().not_judged} == {crowded.ledger("site-39").lines[0].site_id}
    crowded.database.run("delete from outcomes where site_id = 'site-38'")
    assert not crowded.ledger().closes


def test_a_replay_past_the_bound_shares_a_count_too(crowded: Line) -> None:
    while entries := crowded.read():
        crowded.process(entries)
        crowded.queue.settle(entries)
    crowded.accept(event(500, "elsewhere"))
    [entry] = crowded.read()
    crowded.queue.settle([entry], [DeadLetter(f"{entry.message_id}/0", entry.data.decode(), "exited", 5, "new")])
    letters = DeadLetters(crowded.redis, crowded.settings)
    assert letters.replay(next(iter(letters.list())))
    minutes = crowded.redis.keys(f"{crowded.keys.accepted}*")
    assert minutes
    assert not any(crowded.redis.hexists(minute, "new") for minute in minutes)
    assert figures(crowded.ledger())["accepted"] == 84


def test_a_loss_that_was_accepted_excuses_its_shard_and_the_overflow_alone(line: Line) -> None:
    sites = {find_shard(f"site-{n}", 2): f"site-{n}" for n in range(9)}
    line.settings = line.settings.model_copy(update={"stream_shards": 2})
    minute = int(time.time() // 60)
    for site in sites.values():
        line.redis.hset(f"{line.keys.accepted}{minute}", site, 1)
    for shard, closes in ((0, {0}), (3, {0, 1})):
        line.database.run(LOSS, queue=line.settings.stream_name, shard=shard, at=minute * 60_000)
        assert {base for base, site in sites.items() if line.ledger(site).closes} == closes


@pytest.mark.parametrize("counter", BREAKS)
def test_the_ledger_does_not_close_where_a_counter_is_broken(counter: str, line: Line) -> None:
    line.accept(event(1), event(1), event(2, path=None), event(5, filtered="bot"), event(3))
    [entry] = line.read()
    line.process(split(entry)[:4])
    dead = split(entry)[4]
    line.queue.settle([entry], [DeadLetter(dead.message_id, dead.data.decode(), "exited", 5, "blog")])
    line.accept(event(4))
    assert figures(line.ledger()) == {
        "accepted": 6,
        "stored": 1,
        "duplicate": 1,
        "rejected": 1,
        "filtered": 1,
        "dead_lettered": 1,
        "in_flight": 1,
    }
    assert line.ledger().closes
    BREAKS[counter](line)
    assert not line.ledger().closes


def test_an_entry_that_is_too_much_for_one_transaction_has_one_outcome_an_event(line: Line) -> None:
    days = [f"2025-11-{day:02}T10:00:00Z" for day in range(1, 9)]
    line.accept(*(event(number, user_id="ann", timestamp=day) for number, day in enumerate(days)))
    line.process(line.read())
    fresh = [event(10 + number, user_id="ann", timestamp=day) for number, day in enumerate(days)]
    line.store = PostgresStore(line.database, most_visits=3, batch_seconds=0)  # a part, and its time is up
    line.accept(*fresh, fresh[0])
    entries = line.queue.read_new(1)
    for _ in range(3):
        with pytest.raises(Unavailable):
            line.process(entries)
        assert line.ledger().closes
    for _ in range(2):
        line.process(entries)
    assert figures(line.ledger()) == {"accepted": 17, "stored": 16, "duplicate": 1}
    assert line.database.run("select sum(page_views), sum(events), count(*) from visits") == [[16, 16, 8]]
    assert verify_aggregates(line.settings.database_url) == []


def test_what_is_old_is_pruned_and_nothing_else(line: Line) -> None:
    line.accept(event(1))
    line.process(line.read())
    now = int(time.time() // 60)
    pruning = Pruning(line.database)
    pruning.prune_entries(now - 5)
    pruning.prune_outcomes(now - 5)
    assert figures(line.ledger()) == {"accepted": 1, "stored": 1}
    pruning.prune_entries(now + 5)
    pruning.prune_outcomes(now + 5)
    assert line.database.run("select (select count(*) from processed_entries), (select count(*) from outcomes)") == [
        [0, 0]
    ]


def test_a_prune_leaves_nothing_old_of_any_shard_however_much_it_is(line: Line) -> None:
    now = int(time.time() // 60)
    fill = (
        "insert into processed_entries select shard || ':' || cast(:milliseconds as bigint) || '-' || n, false"
        " from generate_series(0, 11) as shard, generate_series(1, 1000) as n"
    )
    line.database.run(fill, milliseconds=(now - 72 * 60 - 1) * 60_000)
    line.database.run(fill, milliseconds=(now - 72 * 60 + 5) * 60_000)
    line.database.run(
        "insert into outcomes select 'blog', timestamptz 'epoch' + n * interval '1 minute', 'stored', '', 1"
        " from generate_series(1, 12000) as n"
    )
    line.store = PostgresStore(line.database, ledger_hours=72)
    line.accept(event(1))
    line.process(line.read())
    assert line.database.run("select count(*) from processed_entries") == [[12_001]]
    assert line.database.run("select count(*) from outcomes") == [[1]]


def test_more_is_pruned_than_was_claimed_whatever_the_time_that_it_takes(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.process.pruning.SECONDS", 0)
    monkeypatch.setattr("functions.process.pruning.ROWS", 1)
    line.database.run("insert into processed_entries select '0:1-' || n, false from generate_series(1, 100) as n")
    line.store = PostgresStore(line.database, ledger_hours=72)
    line.accept(*map(event, range(10)))
    line.process(line.read())
    [[left]] = line.database.run("select count(*) from processed_entries")
    assert 1 < left <= 100 - 10


def test_the_current_minute_is_not_read_for_it_may_still_change(line: Line) -> None:
    line.accept(event(1))
    [entry] = line.read()
    minute = read_minute(entry.message_id)
    assert minute is not None
    during, after = (
        ClockAt(milliseconds, line.redis, line.database, line.settings).read(minute - 1)
        for milliseconds in (minute * 60_000 + 59_999, minute * 60_000 + 60_000)
    )
    assert figures(during) == {}
    assert figures(after) == {"accepted": 1, "in_flight": 1}
