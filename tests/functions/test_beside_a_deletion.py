"""What is written of a site beside the last step of its deletion: nothing of it is left. On real servers."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from common.access.keys import Keys
from common.access.links import LinkDraft, Links
from common.access.users import Users
from common.annotations.annotations import Annotations
from common.erasure.criteria import Criteria
from common.erasure.requests import request_erasure
from common.errors import AlreadyExists, NotFound
from common.funnels.funnel import Funnel
from common.funnels.funnels import Funnels
from common.goals.goal import Goal
from common.goals.goals import Goals
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.reports.subscriptions import Subscriptions
from common.segments.segment import Segment
from common.segments.segments import Segments
from common.sites.changes import read_changes
from common.sites.directory import SiteDirectory
from functions.process.sites import removal
from infra.alarms.alarms import Alarms
from infra.importer.totals.figure import Figure
from infra.importer.totals.store import TotalsStore
from infra.importer.totals.sums import Sums
from infra.outbox.outbox import Message, Outbox
from tests.functions.conftest import Serve
from tests.functions.stepped_system import SteppedSystem
from tests.functions.test_site_removal import find_anywhere

ROOT = Path(__file__).parents[2]
SITE = "goner"
FILTERS = '[{"dimension": "path", "operator": "is", "value": "/a"}]'
STEPS = f"[{FILTERS}, {FILTERS}]"
AT = datetime(2025, 6, 2, tzinfo=UTC)
REPORT = Message("report:1:2025-06-02", SITE, "ann@example.com", {"subject": SITE}, repeats=False)


def import_totals(database: Database) -> None:
    sums = Sums(lambda _dimension, _day: "")
    assert sums.add(Figure("", "", date(2025, 6, 2), {"visits": 1}), "a.csv") == ""
    TotalsStore(database).put("test", SITE, "1a", "GA4", sums)


WRITERS: dict[str, Callable[[Database], object]] = {
    "goals": lambda database: Goals(database).put("test", SITE, Goal("g", path="/a")),
    "funnels": lambda database: Funnels(database).put("test", SITE, Funnel("f", STEPS)),
    "segments": lambda database: Segments(database).put("test", SITE, Segment("s", FILTERS)),
    "annotations": lambda database: Annotations(database).make("test", SITE, AT, "launch"),
    "erasures": lambda database: request_erasure(database, "test", SITE, Criteria(path="/a")),
    "imports": import_totals,
    "report_subscriptions": lambda database: Subscriptions(database).add("test", SITE, "weekly", "ann@example.com"),
    "alarms": lambda database: Alarms(database).set("test", "spike", "ann@example.com", SITE),
    "outbox": lambda database: Outbox(database).put(REPORT),
    "access_links": lambda database: Links(database).make("test", SITE, LinkDraft("l")),
    "access_keys": lambda database: Keys(database).make("test", "k", ["stats"], [SITE]),
    "access_roles": lambda database: Users(database).add("test", "ann", "a long password", roles={SITE: "view"}),
    "site_settings": lambda database: SiteDirectory(database).change("test", SITE, read_changes({"name": SITE})),
    "site_aliases": lambda database: SiteDirectory(database).change(
        "test", SITE, read_changes({"aliases": [{"dialect": "umami", "external_id": SITE}]})
    ),
    "site_removals": lambda database: SiteDirectory(database).request_removal("test", SITE),
}
"""By the table whose row it is, of those that somebody's wish writes."""
BY_WISH = (*WRITERS, "filtered_restores", "imported_figures", "sites", "access_users", "audit_log", "access_sessions")


def write_beside_the_last_step(system: SteppedSystem, write: Callable[[Database], object]) -> None:
    """Begin to write once the last step has found nothing any more, which then ends."""
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted and pid in"
    waiting += " (select pid from pg_stat_activity where datname = current_database())"
    with closing(Database(system.settings.database_url, 2, 20)) as other, ThreadPoolExecutor(1) as pool:
        with system.database.transaction() as connection:
            connection.run("select pg_advisory_xact_lock(7201007)")
            written = pool.submit(write, other)
            while not written.done() and system.database.run(waiting) != [[1]]:
                pass
            connection.run(load_query(removal.__name__, "forget_site"), site_id=SITE)
        written.result()


@pytest.mark.parametrize("table", WRITERS)
def test_what_is_written_beside_the_last_step_of_a_deletion_leaves_no_row(table: str, system: SteppedSystem) -> None:
    system.run("create", SITE)
    system.run("delete", SITE, "--yes")
    with pytest.raises((NotFound, AlreadyExists)):
        write_beside_the_last_step(system, WRITERS[table])
    assert find_anywhere(system, SITE) == []


def test_a_wish_to_count_filtered_events_beside_the_last_step_leaves_no_row(
    system: SteppedSystem, serve: Serve
) -> None:
    system.run("create", SITE)
    system.run("delete", SITE, "--yes")
    stats: TestClient = serve("stats")
    _, key = Keys(system.database).make("test", "k", ["sites"])
    wish = {"site_id": SITE, "reason": "bot", "from": "2025-06-02T00:00:00Z", "to": "2025-06-03T00:00:00Z"}
    answers: list[int] = []
    write_beside_the_last_step(
        system,
        lambda _: answers.append(
            stats.post("/v1/restores", json=wish, headers={"Authorization": f"Bearer {key.text}"}).status_code
        ),
    )
    assert answers == [404]
    assert find_anywhere(system, SITE) == []


def test_every_statement_that_writes_a_row_at_somebodys_wish_is_of_a_table_above() -> None:
    statements = [
        path
        for room in ("common", "infra", "functions/stats")
        for path in (ROOT / room).rglob("*.sql")
        if not {"migrations", "verification", "witness", "days", "visits", "groups"} & set(path.relative_to(ROOT).parts)
    ]
    written = {table for path in statements for table in re.findall(r"insert into (\w+)", path.read_text())}
    by_rebuilding = {"daily_values", "rollups"}  # under the lock on the site's row
    assert written - by_rebuilding == set(BY_WISH)
