"""Events of very many months that have no partition yet, on a real PostgreSQL: no delivery makes all of them."""

import json
from datetime import UTC, datetime
from typing import Any

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.partitions import MOST_NEW
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.history import event

MONTHS = 30
PARTITIONS = "select count(*) from pg_inherits where inhparent = 'events'::regclass"


def of_months(months: int) -> list[dict[str, Any]]:
    return [event(n, datetime(1990 + n // 12, n % 12 + 1, 15, tzinfo=UTC)) for n in range(months)]


def make_delivery(*, may_defer: bool = True) -> dict[str, Any]:
    entries = [of_months(MONTHS), [event(99, datetime(1990, 1, 20, tzinfo=UTC), site_id="shop")]]
    records = [{"messageId": f"0:1763000000000-{n}", "body": json.dumps(events)} for n, events in enumerate(entries)]
    return {"Records": records, "mayDefer": may_defer}


def count(database: Database, query: str) -> int:
    return int(database.run(query)[0][0])


def test_an_entry_of_many_new_months_waits_while_deliveries_make_some_each_and_others_are_stored(
    database: Database, settings: Settings
) -> None:
    store, before = PostgresStore(database), count(database, PARTITIONS)
    made = []
    while failures := handle_batch(make_delivery(), store)["batchItemFailures"]:
        assert [(one["itemIdentifier"][-1], one["reason"]) for one in failures] == [("0", "deferred")]
        assert database.run("select site_id from events") == [["shop"]]
        made.append(count(database, PARTITIONS) - before)
    assert made == [MOST_NEW, 2 * MOST_NEW]
    assert count(database, "select count(*) from events") == MONTHS + 1
    assert database.run("select sum(events) from outcomes where outcome = 'stored'") == [[MONTHS + 1]]
    assert verify_aggregates(settings.database_url) == []


def test_a_processor_that_starts_finds_the_partitions_that_are_there(database: Database) -> None:
    handle_batch(make_delivery(may_defer=False), PostgresStore(database))
    assert handle_batch(make_delivery(), PostgresStore(database)) == {"batchItemFailures": []}


def test_a_sender_that_knows_no_waiting_has_all_of_them_made(database: Database) -> None:
    assert handle_batch(make_delivery(may_defer=False), PostgresStore(database)) == {"batchItemFailures": []}
    assert count(database, "select count(*) from events") == MONTHS + 1
