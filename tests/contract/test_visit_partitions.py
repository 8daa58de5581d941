"""Visits that are in one table are put into months beside their writers, and nothing is lost on the way."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from common.postgres.database import Database
from common.visits.writer import READ_VISITS, read_days
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.migrations import visit_partitions
from infra.migrations.runner import load_migrations, migrate
from infra.verification.recount import verify_aggregates
from tests.contract.history import batch, event, make_history
from tests.contract.test_migrations import Writer

MILLION = pytest.param(int(os.environ.get("MIGRATION_EVENTS", "100_000")), marks=pytest.mark.long)
NEW_YEAR = datetime(2007, 1, 1, 12, tzinfo=UTC)
RELEASED = (
    "drop trigger visits_long on visits",
    "create table plain_visits (like visits including all)",
    "insert into plain_visits select * from visits",
    "drop table visits",
    "alter table plain_visits rename to visits",
    "alter index plain_visits_pkey rename to visits_pkey",
    "alter index plain_visits_site_id_start_idx rename to visits_start",
    "alter index plain_visits_site_id_sample_start_idx rename to visits_sample",
)
"""Makes visits one table again."""
FORGET_MIGRATION = (
    "drop function note_long_visit",
    "alter table sites drop column longest_visit",
    "delete from migrations where name = '0010_visits_by_month'",
)
TRIGGER = (
    "create trigger visits_long after insert or update on visits"
    " for each row when (new.\"end\" - new.start > interval '192 hours') execute function note_long_visit()"
)


def make_plain(database: Database) -> None:
    """Have the schema as it is after the migration and before the step after it."""
    for statement in (*RELEASED, TRIGGER):
        database.run(statement)


def make_released(database: Database) -> None:
    """Have the schema as it was before the migration."""
    for statement in (*RELEASED, *FORGET_MIGRATION):
        database.run(statement)
    text = dict(load_migrations())["0005_roles"]
    database.run(text[text.index("create or replace function make_events_partition") : text.index("revoke all")])


def store(database: Database, history: list[dict[str, Any]]) -> None:
    processor = PostgresStore(database)
    for at in range(0, len(history), 2_000):
        assert handle_batch(batch(history[at : at + 2_000], at), processor)["batchItemFailures"] == []


def list_partitions(database: Database) -> list[str]:
    rows = database.run(
        "select cast(inhrelid as regclass)::text from pg_inherits where inhparent = to_regclass('visits') order by 1"
    )
    return [name for [name] in rows]


def kill_when_all_is_ready(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Migrate, and end before the tables are swapped."""

    def end(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(visit_partitions, "_swap", end)
        with pytest.raises(KeyboardInterrupt):
            migrate(database_url)


@pytest.mark.parametrize("events", [3_000, MILLION])
def test_visits_get_months_beside_a_writer_and_after_a_kill_and_none_is_lost(
    events: int, database: Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = make_history(seed=7, events=events, hours=max(200, events // 50))
    make_plain(database)
    store(database, history)
    writer = Writer(write_pages(database))
    writer.start()
    kill_when_all_is_ready(settings.database_url, monkeypatch)
    assert list_partitions(database) == []
    began = time.monotonic()
    migrate(settings.database_url)
    seconds = time.monotonic() - began
    writer.end()
    print(f"{events:,} events: {seconds:.2f} s; a batch waited {writer.longest:.2f} s at most")  # noqa: T201
    assert writer.faults == []
    assert list_partitions(database)[-1] == "visits_before"
    store(database, [event(1, NEW_YEAR)])
    assert list_partitions(database) == ["visits_2007_01", "visits_before"]
    assert database.run("select count(*) from visits_2007_01") == [[1]]
    assert database.run("select count(*) from events") == [[len(history) + writer.written + 1]]
    assert verify_aggregates(settings.database_url) == []


def write_pages(database: Database) -> Callable[[int], None]:
    """What stores one more event each time, of some month that is there."""
    processor = PostgresStore(database)
    first = datetime(2006, 10, 28, tzinfo=UTC)

    def write(number: int) -> None:
        page = event(1_000_000 + number, first + timedelta(minutes=7 * (number % 500)), user_id=f"u{number % 9}")
        assert handle_batch(batch([page], 10_000_000 + number), processor)["batchItemFailures"] == []

    return write


def test_the_first_visit_of_a_month_is_stored_although_the_step_was_killed_when_all_was_ready(
    database: Database, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_plain(database)
    store(database, [event(1, NEW_YEAR - timedelta(days=3))])
    kill_when_all_is_ready(settings.database_url, monkeypatch)
    bounds = "select count(*) from pg_constraint where conname = 'visits_bound'"
    assert database.run(bounds) == [[1]]
    store(database, [event(2, NEW_YEAR)])
    assert database.run("select count(*) from visits") == [[2]]
    assert database.run(bounds) == [[0]]


def test_who_might_read_or_write_visits_still_may(database: Database, settings: Any) -> None:
    role = f"reader_{urlsplit(settings.database_url).path[-8:]}"
    make_plain(database)
    store(database, [event(1, NEW_YEAR)])
    database.run(f"create role {role}")
    database.run(f"grant select on visits to {role} with grant option")
    rights = (
        "select cast(array_agg(one order by one) as text) from (select unnest(relacl)::text from pg_class where oid = "
    )
    before = database.run(f"{rights}'visits'::regclass) as _ (one)")
    migrate(settings.database_url)
    assert database.run(f"{rights}'visits'::regclass) as _ (one)") == before
    assert role in str(before)
    database.run(f"drop owned by {role}")
    database.run(f"drop role {role}")


def test_a_visit_is_continued_however_long_it_is_whether_it_was_there_before_or_came_later(
    database: Database, settings: Any
) -> None:
    make_released(database)
    insert = (
        'insert into visits (site_id, visitor, start, "end", start_id, sample, page_views, events)'
        " select cast(:site as text), 'x', timestamptz '2006-10-05', '2006-10-25', gen_random_uuid(), 0, 1, 1"
    )
    database.run("select make_events_partition('2006-10-01')")
    database.run("insert into sites (site_id) values ('early'), ('late'), ('none')")
    database.run(insert, site="early")
    migrate(settings.database_url)
    database.run(insert, site="late")
    days = "select site_id, extract(epoch from longest_visit) / 86400 from sites order by 1"
    assert [(site, round(length)) for site, length in database.run(days)] == [("early", 20), ("late", 20), ("none", 8)]


def test_a_visitors_visits_are_read_by_the_key_and_only_in_months_in_which_they_may_begin(database: Database) -> None:
    for month in ("2006-09-01", "2006-10-01", "2006-11-01"):
        database.run("select make_events_partition(cast(:month as date))", month=month)
    database.run("insert into sites (site_id) values ('blog')")
    fill = (
        'insert into visits (site_id, visitor, start, "end", start_id, sample, page_views, events)'
        " select 'blog', 'u' || number, at, at, gen_random_uuid(), 0, 1, 1 from generate_series(1, 3000) number"
        " cross join lateral (select cast(:first as timestamptz) + number * interval '1 s') as _ (at)"
    )
    database.run(fill, first="2006-11-02")
    database.run("analyze visits")  # what the planner knows is older than what is being written, as always
    database.run(fill, first="2006-11-20")
    wanted = {"sites": '["blog"]', "visitors": '["u7"]', "days": '["2006-11-20"]', "most_visits": None}
    with database.transaction() as connection:
        found = read_days(connection, {("blog", "u7", "2006-11-20")}, None)
        lines = connection.run("explain (analyze, costs off, timing off) " + READ_VISITS, **wanted)
    assert [len(visits) for visits in found.values()] == [1]
    read = [line for [line] in lines if "on visits_2006" in line and "never executed" not in line]
    assert read
    assert all("visits_2006_11_pkey" in line for line in read), read
