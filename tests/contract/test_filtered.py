"""Filtered events through the command line, on real servers."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from redis import Redis

from common.postgres.database import Database
from common.settings import Settings
from common.wire import encode_batch
from functions.process.app import handle_batch
from functions.process.pruning import Pruning
from functions.process.store import PostgresStore
from infra.cli.filtered import filtered
from infra.cli.operations import status
from infra.queue.consumer import RedisQueue
from infra.verification.recount import verify_aggregates
from tests.contract.everywhere import everywhere
from tests.contract.history import batch, event

NOON = datetime(2025, 11, 12, 12, tzinfo=UTC)
EVENTS = [
    event(1, NOON, filtered="bot", title="“crawled”", props={"n": "1"}),
    event(2, NOON + timedelta(days=1), filtered="bot"),
    event(3, NOON, filtered="spam_referrer"),
    event(4, NOON, filtered="bot", site_id="shop"),
]


@pytest.fixture
def store(database: Database) -> PostgresStore:
    store = PostgresStore(database)
    handle_batch(batch(EVENTS), store)
    return store


def run(settings: Settings, *arguments: str) -> str:
    return CliRunner().invoke(filtered, arguments, obj=everywhere(settings), catch_exceptions=False).output


def process(settings: Settings, redis: "Redis", store: PostgresStore) -> None:
    queue = RedisQueue(redis, settings, shard=0, lane=0)
    while entries := queue.read_new(1):
        handle_batch(encode_batch(entries), store)
        queue.settle(entries)


def count(database: Database, table: str = "events") -> int:
    return int(database.run(f"select count(*) from {table}")[0][0])


def test_filtered_events_are_counted_by_site_reason_and_day(settings: Settings, store: PostgresStore) -> None:
    assert run(settings, "list").splitlines() == [
        "blog  bot  2025-11-12  1",
        "blog  bot  2025-11-13  1",
        "blog  spam_referrer  2025-11-12  1",
        "shop  bot  2025-11-12  1",
    ]
    first = json.loads(run(settings, "list", "--json"))[0]
    assert first == {"site_id": "blog", "reason": "bot", "day": "2025-11-12", "events": 1, "restored": 0}


@pytest.mark.parametrize(
    ("choice", "restored"),
    [((), 3), (("--reason", "bot"), 2), (("--reason", "bot", "--since", "2025-11-13"), 1)],
)
def test_what_is_restored_counts_once_however_often(
    choice: tuple[str, ...],
    restored: int,
    settings: Settings,
    store: PostgresStore,
    redis: "Redis",
    database: Database,
) -> None:
    assert run(settings, "restore", "--site", "blog", *choice) == f"restored {restored}\n"
    assert run(settings, "restore", "--site", "blog", *choice) == "restored 0\n"
    process(settings, redis, store)
    database.run("update filtered_events set restored_at = null")
    run(settings, "restore", "--site", "blog", *choice)
    process(settings, redis, store)
    assert (count(database), count(database, "filtered_events")) == (restored, len(EVENTS))
    assert verify_aggregates(settings.database_url) == []


def test_a_restored_event_has_all_that_it_had(
    settings: Settings, store: PostgresStore, redis: "Redis", database: Database
) -> None:
    run(settings, "restore", "--site", "blog", "--reason", "bot")
    process(settings, redis, store)
    assert database.run('select title, props from events order by "timestamp" limit 1') == [["“crawled”", {"n": "1"}]]


def test_old_ones_are_pruned_and_nothing_else(store: PostgresStore, database: Database) -> None:
    database.run("update filtered_events set received_at = now() - interval '30 days 1 minute' where site_id = 'shop'")
    Pruning(database).prune_filtered(31)
    assert count(database, "filtered_events") == 4
    Pruning(database).prune_filtered(30)
    assert database.run("select distinct site_id from filtered_events") == [["blog"]]


def test_a_site_that_nobody_knows_is_said_and_no_restored_nothing(settings: Settings, store: PostgresStore) -> None:
    done = CliRunner().invoke(filtered, ["restore", "--site", "typo"], obj=everywhere(settings))
    assert (done.exit_code, "there is no site typo" in done.output) == (1, True)
    assert run(settings, "restore", "--site", "shop", "--reason", "spam_referrer") == "restored 0\n"


def test_status_counts_what_was_filtered_lately_by_reason(settings: Settings, database: Database) -> None:
    for hours, reason, events in ((1, "bot", 3), (2, "bot", 1), (3, "spam_referrer", 2), (25, "bot", 7)):
        database.run(
            "insert into outcomes (site_id, minute, outcome, reason, events)"
            " values ('blog', now() - make_interval(hours => :hours), 'filtered', :reason, :events)",
            hours=hours, reason=reason, events=events,
        )  # fmt: skip
    text = CliRunner().invoke(status, obj=everywhere(settings), catch_exceptions=False).output
    assert "filtered      4 bot, 2 spam_referrer in the last 24 h  (analytics filtered)\n" in text
    figures = json.loads(CliRunner().invoke(status, ["--json"], obj=everywhere(settings)).output)
    assert figures["filtered_24h"] == {"bot": 4, "spam_referrer": 2}
