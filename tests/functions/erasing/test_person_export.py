"""`analytics export --user-id`: all that is known of a person, and nothing of anybody else."""

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from common.postgres.database import Database
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from infra.cli.export import export
from tests.contract.history import MIDNIGHT, batch, event


@pytest.mark.parametrize("pages", [1, 3])
def test_a_person_gets_its_own_events_and_nobody_elses(
    pages: int, settings: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("common.export.reader.PAGE_LOOKED_AT", 12 // pages)
    users = ("ann", "bob", None)
    events = [
        event(
            number,
            MIDNIGHT + timedelta(hours=number),
            user_id=users[number % 3],
            filtered="bot" if number > 8 else None,
        )
        for number in range(12)
    ]
    handle_batch(batch(events), PostgresStore(database))
    output = tmp_path / "ann.ndjson.gz"
    arguments = ["--site-id", "blog", "--user-id", "ann", "--output", str(output)]
    done = CliRunner().invoke(export, arguments, obj=settings)
    assert done.exit_code == 0, done.output
    assert "4 events of blog" in done.output
    lines = [json.loads(line) for line in gzip.decompress(output.read_bytes()).splitlines()]
    assert {line["event_id"] for line in lines} == {one["event_id"] for one in events if one.get("user_id") == "ann"}
    assert [line.get("filtered") for line in lines] == [None, None, None, "bot"]
