import stat
from pathlib import Path

import pytest

from common.settings import Settings
from infra.importer.errors import ImportStopped
from infra.importer.visitor import load_key, make_user_id

KEY = b"k" * 32


def test_a_visitor_id_is_the_same_every_time() -> None:
    # Spelled out: were it to change, every visitor would become a new one.
    assert make_user_id(KEY, "site", b"192.0.2.7", b"Mozilla") == "23e9c09a82e70143104d65f578952b78"


def test_another_address_agent_site_or_key_is_another_visitor() -> None:
    ids = {
        make_user_id(KEY, "site", b"192.0.2.7", b"Mozilla"),
        make_user_id(KEY, "site", b"192.0.2.8", b"Mozilla"),
        make_user_id(KEY, "site", b"192.0.2.7", b"Opera"),
        make_user_id(KEY, "site2", b"192.0.2.7", b"Mozilla"),
        make_user_id(b"other", "site", b"192.0.2.7", b"Mozilla"),
    }
    assert len(ids) == 5


def test_a_key_is_made_once_for_the_owner_only(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    first = load_key(settings)
    assert load_key(settings) == first
    assert stat.S_IMODE((tmp_path / "data" / "visitor.key").stat().st_mode) == 0o600
    assert load_key(Settings(data_dir=tmp_path / "elsewhere")) != first
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["visitor.key"]


def test_the_setting_goes_before_the_file(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, visitor_key="a key of our own")
    assert load_key(settings) == load_key(settings)
    assert not list(tmp_path.iterdir())


def test_a_short_key_in_the_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "visitor.key").touch()
    with pytest.raises(ImportStopped, match=r"visitor\.key should have at least 16 characters"):
        load_key(Settings(data_dir=tmp_path))


def test_a_data_folder_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImportStopped, match="can't be kept"):
        load_key(Settings(data_dir=tmp_path / "file"))
