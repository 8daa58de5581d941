"""The steps that run before the functions start."""

import pytest

from common.access.key import make_key
from common.access.keys import Keys
from common.access.users import Users
from common.postgres.database import Database
from common.settings import Settings
from infra.local import steps
from infra.local.credentials import FIRST_PASSWORD


def test_a_migration_that_was_changed_after_it_was_applied_is_said_in_one_line(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert steps.main("migrate") == 0
    database.run("update migrations set digest = 'another' where name = '0001_events'")
    capsys.readouterr()
    assert steps.main("migrate") == 1
    assert capsys.readouterr().out == "migration 0001_events was changed after it was applied\n"


def test_the_keys_in_the_data_folder_are_known_once_and_stay_revoked(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, name in (("admin", "ADMIN_KEY"), ("ingest", "INGEST_KEY")):
        monkeypatch.setenv(name, make_key(kind).text)  # type: ignore[arg-type]
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("DATA_DIR", str(settings.data_dir))
    settings.data_dir.mkdir(parents=True)
    assert steps.main("keys") == 0
    first, second = Keys(database).list()
    assert (first.scopes, second.scopes) == (["admin"], ["import"])
    [user] = Users(database).list()
    password = settings.data_dir / FIRST_PASSWORD
    assert Users(database).sign_in("admin", password.read_text()) == user
    assert password.stat().st_mode & 0o777 == 0o600
    Keys(database).revoke("test", first.key_id)
    password.unlink()
    assert steps.main("keys") == 0
    assert [key.revoked_at is None for key in Keys(database).list()] == [False, True]
    assert not password.exists()
