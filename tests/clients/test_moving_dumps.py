"""The commands of docs/moving that ask a tracker's ClickHouse, on a real one, give what the importer reads."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from common.settings import Settings
from infra.importer.detection import detect
from infra.importer.histories.history import History
from infra.importer.history import read_history
from infra.importer.log_file import open_log
from infra.importer.page_view import PageView
from tests.clients.stand import DRIVERS, PROJECT
from tests.moving_pages import read_command

PYTHON = PROJECT / ".venv" / "clickhouse" / "bin" / "python"
SAMPLES = PROJECT / "tests" / "data" / "histories"
PLAUSIBLE = """create table plausible_events_db.events_v2 (
    timestamp DateTime, name LowCardinality(String), site_id UInt64, user_id UInt64, session_id UInt64, hostname String,
    pathname String, referrer String, referrer_source String, country_code FixedString(2),
    screen_size LowCardinality(String), operating_system LowCardinality(String), browser LowCardinality(String),
    utm_medium String, utm_source String, utm_campaign String, `meta.key` Array(String), `meta.value` Array(String),
    browser_version LowCardinality(String), operating_system_version LowCardinality(String),
    subdivision1_code LowCardinality(String), subdivision2_code LowCardinality(String), city_geoname_id UInt32,
    utm_content String, utm_term String, revenue_reporting_amount Nullable(Decimal64(3)),
    revenue_reporting_currency FixedString(3), revenue_source_amount Nullable(Decimal64(3)),
    revenue_source_currency FixedString(3), scroll_depth UInt8, engagement_time UInt32,
    click_id_param LowCardinality(String)
) engine MergeTree order by (site_id, timestamp)"""
POSTHOG = """create table posthog.events (
    uuid UUID, event String, properties String, timestamp DateTime64(6, 'UTC'), team_id Int64, distinct_id String,
    elements_chain String, created_at DateTime64(6, 'UTC')
) engine MergeTree order by (team_id, toDate(timestamp), event)"""

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="ClickHouse is not installed here (make test-clients)")


class Shell:
    """Runs commands where `docker compose exec -T SERVICE` finds the test's own ClickHouse."""

    def __init__(self, folder: Path) -> None:
        self._folder, programs = folder, folder / "bin"
        programs.mkdir()
        self._write("docker", '[ "$1 $2 $3" = "compose exec -T" ] && shift 4 && exec "$@"')
        self._write("clickhouse-client", f'exec {PYTHON} {DRIVERS / "clickhouse_client.py"} "$@"')
        self._env = {"PATH": f"{programs}:{os.environ['PATH']}", "CLICKHOUSE_DATA": str(folder / "clickhouse")}

    def _write(self, name: str, line: str) -> None:
        (self._folder / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (self._folder / "bin" / name).chmod(0o755)

    def ask(self, *queries: str) -> None:
        """Have ClickHouse do something."""
        for query in queries:
            subprocess.run(["clickhouse-client", "--query", query], env=self._env, check=True, timeout=120)

    def run(self, command: str) -> None:
        """Run a command of a page."""
        subprocess.run(["sh", "-euc", command], cwd=self._folder, env=self._env, check=True, timeout=120)


def read_sample(name: str) -> list[dict[str, Any]]:
    """The records of a sample that are whole."""
    found = []
    for line in (SAMPLES / name).read_text().splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def read_events(file: Path, kind: str) -> list[dict[str, Any]]:
    """What the importer makes of a file, in the order of time."""
    history = detect(file.read_bytes())
    assert isinstance(history, History)
    assert history.name == kind
    with file.open("rb") as opened, open_log(opened) as log:
        outcomes = [item.outcome for item in read_history(history, log, "site", Settings())]
    events = [json.loads(outcome.body) for outcome in outcomes if isinstance(outcome, PageView)]
    return sorted(events, key=lambda event: (event["timestamp"], event["event_id"]))


def insert(table: str, rows: list[dict[str, Any]]) -> str:
    return f"insert into {table} format JSONEachRow " + "\n".join(map(json.dumps, rows))


def leave_out_ids(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events in an order of their own. The ids of a dump are its own: numbers are not spelled as in a sample."""
    bare = [{name: value for name, value in event.items() if name != "event_id"} for event in events]
    return sorted(bare, key=json.dumps)


def test_the_command_for_plausible_gives_what_the_importer_reads(tmp_path: Path) -> None:
    shell, rows = Shell(tmp_path), read_sample("plausible.ndjson")
    nowhere = {**rows[0], "pathname": "/nowhere", "country_code": ""}
    filled = insert("plausible_events_db.events_v2", [*rows, nowhere])
    shell.ask("create database plausible_events_db", PLAUSIBLE, filled)
    shell.run(read_command("plausible", "docker "))
    events = read_events(tmp_path / "plausible.ndjson", "plausible")
    [unplaced] = [event for event in events if event["path"] == "/nowhere"]
    assert "country" not in unplaced
    events.remove(unplaced)
    assert leave_out_ids(events) == leave_out_ids(read_events(SAMPLES / "plausible.ndjson", "plausible"))
    assert len({event["event_id"] for event in events}) == len(rows) - 1, "all but the other site's"


def test_the_command_for_posthog_gives_what_the_importer_reads(tmp_path: Path) -> None:
    shell, rows = Shell(tmp_path), read_sample("posthog.ndjson")
    for row in rows:
        row["properties"] = row["properties"] if isinstance(row["properties"], str) else json.dumps(row["properties"])
        row["timestamp"] = row["timestamp"].replace("+00:00", "Z")
        row["created_at"] = row["timestamp"]
    settings = " settings date_time_input_format = 'best_effort'"
    filled = insert("posthog.events", rows).replace(" format ", f"{settings} format ", 1)
    other = "insert into posthog.events (uuid, event, properties, team_id) values (generateUUIDv4(), 'x', '{}', 4)"
    shell.ask("create database posthog", POSTHOG, filled, other)
    shell.run(read_command("posthog", "docker "))
    events = read_events(tmp_path / "posthog.ndjson", "posthog")
    assert len(events) == 4
    assert events == read_events(SAMPLES / "posthog.ndjson", "posthog")
