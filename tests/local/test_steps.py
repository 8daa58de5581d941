"""The steps that run before the functions start."""

import pytest

from common.postgres.database import Database
from infra.local import steps


def test_a_migration_that_was_changed_after_it_was_applied_is_said_in_one_line(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert steps.main("migrate") == 0
    database.run("update migrations set digest = 'another' where name = '0001_events'")
    capsys.readouterr()
    assert steps.main("migrate") == 1
    assert capsys.readouterr().out == "migration 0001_events was changed after it was applied\n"
