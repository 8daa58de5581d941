"""After an erasure the figures, the visits and the sets are as if the events had never come. On a real PostgreSQL."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from common.days.closing import close_all
from common.days.opening import DaysClosed, open_days
from common.erasure.criteria import Criteria
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.settings import Settings
from common.visits.writer import lock_sites
from common.wire import Entry
from functions.process.app import handle_batch
from functions.process.erasing.events import BEGIN, erase_some
from functions.process.insertion import insert_again
from functions.process.store import PostgresStore
from infra.verification.recount import verify_aggregates
from tests.contract.history import MIDNIGHT, batch, event, make_history
from tests.contract.tables import FIGURES, SETS, read_tables

pytestmark = pytest.mark.long

DAY = timedelta(days=1)
OVER_MIDNIGHTS = [
    event(9_001, MIDNIGHT - timedelta(minutes=10), user_id=None, visitor_id="o" * 16),
    event(9_002, MIDNIGHT + timedelta(minutes=10), user_id=None, visitor_id="n" * 16, previous_visitor_id="o" * 16),
    event(9_003, MIDNIGHT + DAY - timedelta(minutes=5), user_id=None, visitor_id="n" * 16),
    event(9_004, MIDNIGHT + DAY + timedelta(minutes=5), user_id=None, visitor_id="p" * 16,
          previous_visitor_id="n" * 16, path="/gone"),
]  # fmt: skip
"""A visitor with three derived ids."""
REPORTS = [
    event(
        8_000 + number, MIDNIGHT + timedelta(minutes=7 * number), event_type="engagement", user_id="ann",
        path="/a", engaged_ms=900, scroll_depth=20 + number, scroll_depth_before=None if number % 3 else 10,
    )
    for number in range(12)
]  # fmt: skip
CRITERIA = {
    "a user": Criteria(user_id="ann"),
    "a path": Criteria(path="/a"),
    "a user on a path": Criteria(user_id="bob", path="/c"),
    "a day": Criteria(start=MIDNIGHT, after=MIDNIGHT + DAY),
    "up to an hour": Criteria(after=MIDNIGHT + timedelta(hours=5, minutes=10)),
    "one event": Criteria(event_id=UUID(int=9_002)),
    "the last of a joined visitor": Criteria(path="/gone"),
    "all": Criteria(start=datetime(2000, 1, 1, tzinfo=UTC)),
}


def erase(database: Database, criteria: Criteria, most: int = 500, most_read: int = 20_000) -> int:
    """To the end, as the processor does; returns how many events went."""
    reached: str | None = BEGIN
    erased = 0
    while reached is not None:
        try:
            with database.transaction() as connection:
                lock_sites(connection, {"blog"}, "UTC")
                step = erase_some(connection, "blog", criteria, reached, insert_again, most=most, most_read=most_read)
        except DaysClosed as closed:
            open_days(database, closed.days)
        else:
            reached = step.reached
            erased += step.erased
    return erased


def store(database: Database, events: Sequence[dict[str, Any]]) -> None:
    handle_batch(batch(events), PostgresStore(database))


@pytest.mark.parametrize("criteria", CRITERIA.values(), ids=CRITERIA)
@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
def test_figures_visits_and_sets_are_as_if_the_events_had_never_come(
    criteria: Criteria, zone: str, settings: Settings, database: Database
) -> None:
    events = [*make_history(seed=8, events=300), *OVER_MIDNIGHTS, *REPORTS]
    for site_id in ("blog", "shop"):
        database.run("insert into sites (site_id, time_zone) values (:site, :zone)", site=site_id, zone=zone)
    left = [one for one in events if one["site_id"] != "blog" or not criteria.match(one)]
    store(database, left)
    wanted = read_tables(database, FIGURES | SETS)
    for table in ("events", *FIGURES, *SETS, "processed_entries", "crossings"):
        database.run(f"delete from {table}")
    store(database, events)
    erased = erase(database, criteria)
    assert erased == len(events) - len(left) > 0
    assert verify_aggregates(settings.database_url) == []
    assert read_tables(database, FIGURES | SETS) == wanted


@pytest.mark.parametrize("seed", range(6))
def test_erasing_bit_by_bit_in_any_order_beside_closed_days_leaves_right_figures(
    seed: int, settings: Settings, database: Database
) -> None:
    draw = random.Random(seed)
    events = [*make_history(seed=seed + 20, events=250), *OVER_MIDNIGHTS, *REPORTS]
    store(database, events)
    for criteria in draw.sample(list(CRITERIA.values()), 4):
        if draw.random() < 0.5:
            close_all(database)
        erase(database, criteria, most=draw.choice((3, 20)), most_read=draw.choice((10, 60)))
        assert verify_aggregates(settings.database_url) == []
    store(database, make_history(seed=seed + 40, events=60))
    assert verify_aggregates(settings.database_url) == []


def test_what_joins_nobody_is_erased_without_touching_the_rest_of_its_visitor(
    settings: Settings, database: Database
) -> None:
    noon = [
        event(
            7_000 + number, MIDNIGHT + timedelta(hours=9, minutes=number), user_id=None, visitor_id="n" * 16, path="/no"
        )
        for number in range(30)
    ]
    store(database, [*OVER_MIDNIGHTS, *noon])
    stored_again = []

    def store_again(connection: Connection, entry: Entry) -> None:
        stored_again.append(entry.count)
        insert_again(connection, entry)

    for path in ("/no", "/gone"):
        with database.transaction() as connection:
            lock_sites(connection, {"blog"}, "UTC")
            assert erase_some(connection, "blog", Criteria(path=path), BEGIN, store_again).erased > 0
    assert stored_again == [3]  # for the second, that joined two days
    assert verify_aggregates(settings.database_url) == []
