"""What `make up` says of the first user's password."""

from pathlib import Path

from common.settings import Settings
from infra.local.credentials import FIRST_PASSWORD, find_endpoints
from infra.local.welcome import welcome


def test_the_first_users_password_is_shown_once_and_to_a_terminal_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    endpoints = find_endpoints(settings)
    (tmp_path / FIRST_PASSWORD).write_text("sesame-open")

    logged = welcome(settings, endpoints)
    assert "sesame-open" not in logged
    assert str(tmp_path / FIRST_PASSWORD) in logged

    assert "sesame-open" in welcome(settings, endpoints, is_private=True)
    assert not (tmp_path / FIRST_PASSWORD).exists()
    assert "sesame-open" not in welcome(settings, endpoints, is_private=True)
