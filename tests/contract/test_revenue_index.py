"""The index from which sums of revenue are read."""

import random
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from common import event as limits
from common.event import VISIT_ATTRIBUTES
from common.filters.conditions import Condition
from common.postgres.database import Database, parse_url
from common.postgres.driver import Connection
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.partitions import Partitions
from functions.process.store import PostgresStore
from functions.stats.estimator.budgets import Budget, Budgets, Size
from functions.stats.estimator.planner import make_plan
from functions.stats.estimator.statements import Statement, Writer
from functions.stats.query.model import Query
from functions.stats.query.periods import Span
from tests.contract.test_store import DAY, batch, event

IN_INDEX = [name for name in VISIT_ATTRIBUTES if name != "referrer"]


def draw_text(bytes_: int) -> str:
    """A text that can't be compressed."""
    return "".join(random.Random(bytes_).choices([chr(code) for code in range(33, 127)], k=bytes_))


def make_longest(number: int) -> dict[str, Any]:
    """An event in which every text of the index is as long as it may be."""
    campaigns = {name: draw_text(limits.MAX_CAMPAIGN_BYTES) for name in VISIT_ATTRIBUTES if name.startswith("utm_")}
    labels = ("source", "channel", "region", "city", "browser", "os", "device")
    return event(
        number,
        site_id=draw_text(limits.MAX_NAME_BYTES),
        event_type=draw_text(limits.MAX_NAME_BYTES),
        user_id=draw_text(limits.MAX_USER_BYTES),
        country="DE",
        language=draw_text(limits.MAX_LANGUAGE_BYTES),
        screen=draw_text(limits.MAX_SCREEN_BYTES),
        revenue={"amount": "999999999999999.9999", "currency": "EUR"},
        **campaigns,
        **{name: draw_text(limits.MAX_LABEL_BYTES) for name in labels},
    )


def test_a_sale_with_the_longest_texts_is_stored(database: Database) -> None:
    store = PostgresStore(database)
    assert handle_batch(batch([make_longest(1)]), store)["batchItemFailures"] == []
    assert database.run("select count(revenue) from events where is_counted") == [[1]]


def write_sum(dimension: str) -> Statement:
    """What the events of a day brought in; of those where the dimension has a value."""
    filter_ = Condition(dimension, "is", ("x",)) if dimension else None
    span = Span(DAY, DAY + timedelta(days=1))
    query = Query("summary", "blog", span, ZoneInfo("UTC"), ("revenue",), filter_)
    plan = make_plan(query, ZoneInfo("UTC"), Size(9, 9), Budgets(Budget(9, 9), Budget(9, 9)))
    return Writer(query, plan, ZoneInfo("UTC")).revenue([])


def test_revenue_is_summed_without_a_look_at_the_events(settings: Settings, database: Database) -> None:
    Partitions(database).ensure([DAY.date().replace(day=1)])
    database.run(
        "insert into events (site_id, timestamp, event_id, event_type, visitor, is_counted, revenue, currency)"
        " select 'blog', cast(:day as timestamptz) + make_interval(mins => number), gen_random_uuid(), 'buy', 'uann',"
        " true, 1, 'EUR' from generate_series(1, 50) as number",
        day=DAY.isoformat(),
    )
    connection = Connection(**parse_url(settings.database_url))
    connection.run("vacuum events")  # as autovacuum does
    connection.run("set enable_seqscan = off; set enable_bitmapscan = off")
    for dimension in ("", "event_type", *IN_INDEX):
        statement = write_sum(dimension)
        used = {name: value for name, value in statement.parameters.items() if f":{name}" in statement.text}
        explained = connection.run(f"explain {statement.text}", **used) or []
        scans = [line for [line] in explained if "events_2025" in line]
        assert scans, explained
        assert all("Index Only Scan" in line for line in scans), (dimension, scans)
    connection.close()
