"""`analytics demo`, before a running system: how long it takes, what comes of it, and that it can be had away again."""

import json
import sys
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.postgres.database import Database
from tests.e2e.conftest import System, eventually, get

pytestmark = [pytest.mark.e2e, pytest.mark.long]
TABLES = ("events", "visits", "rollups", "daily_stats", "quarter_stats", "filtered_events", "sites")


def fill(system: System) -> tuple[float, float]:
    """Run it; after how many seconds it had sent everything, and when everything was counted."""
    began = time.monotonic()
    done = system.run("demo")
    assert done.returncode == 0, done.stderr
    assert "/?site=demo" in done.stdout
    sent = time.monotonic()
    system.wait_until_drained()
    return sent - began, time.monotonic() - began


def read_past_days(system: System, today: date) -> Any:
    """The demo's figures of the days before `today`: of a day that goes on there is more each minute."""
    metrics = "visitors,visits,page_views,events,bounce_rate,visit_duration,engaged_time,scroll_depth,revenue"
    asked = f"site_id=demo&from={today - timedelta(days=89)}&to={today - timedelta(days=1)}&metrics={metrics}"
    figures = get(f"{system.stats_url}/v1/stats/summary?{asked}")["data"]
    filtered = get(f"{system.stats_url}/v1/stats/filtered?{asked.rpartition('&')[0]}")["data"]
    return {"summary": figures, "filtered": filtered}


def count_rows(system: System) -> dict[str, int]:
    """How many rows each table has."""
    with closing(Database.of(system.settings)) as database:
        counts = {table: database.run(f"select count(*) from {table} where site_id = 'demo'") for table in TABLES}
    return {table: int(count) for table, [[count]] in counts.items()}


def test_the_demo_fills_its_site_changes_nothing_when_it_runs_again_and_can_be_deleted(
    own: System, capsys: pytest.CaptureFixture[str]
) -> None:
    # Once: midnight may pass before the second run. A day is over an hour later, when its last visits are.
    today = (datetime.now(UTC) - timedelta(hours=1)).date()
    sent, counted = fill(own)
    events = count_rows(own)["events"]
    with capsys.disabled():
        sys.stdout.write(
            f"\nthe demo: {events:,} events of 90 days sent in {sent:.0f} s and counted after {counted:.0f} s\n"
        )
    first = read_past_days(own, today)
    assert first["summary"]["page_views"] > 50_000
    assert first["summary"]["revenue"].keys() == {"EUR"}
    assert {row["reason"] for row in first["filtered"]} >= {"bot", "spam_referrer"}

    fill(own)
    assert read_past_days(own, today) == first

    done = own.run("sites", "delete", "demo", "--yes")
    assert done.returncode == 0, done.stderr
    eventually(lambda: not any(count_rows(own).values()), 300, "every row of the demo is gone")
    assert json.loads(own.run("sites", "list", "--json").stdout) == []
