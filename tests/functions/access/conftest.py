"""The stats function with keys, users and links in its database."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from common.access import passwords
from common.access.keys import Keys
from common.access.users import Users
from common.postgres.database import Database
from tests.functions.conftest import Serve

_LOG_N = 4
MakeKey = Callable[..., dict[str, str]]
PASSWORD = "correct horse battery"


@pytest.fixture
def stats(serve: Serve, environment: pytest.MonkeyPatch) -> TestClient:
    """The function, where nobody is let in without a key."""
    environment.setenv("STATS_WITHOUT_KEY", "never")
    return serve("stats")


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords in no time: what they cost is tested where the cost is the point."""
    monkeypatch.setattr(passwords, "_LOG_N", _LOG_N)
    monkeypatch.setattr(passwords, "_NOBODYS", passwords._NOBODYS.replace("$15$", f"${_LOG_N}$"))


@pytest.fixture
def make_key(database: Database) -> MakeKey:
    """Makes a key and returns the header field that shows it."""

    def make(*scopes: str, sites: list[str] | None = None) -> dict[str, str]:
        _, key = Keys(database).make("test", "a key", scopes, sites)
        return {"Authorization": f"Bearer {key.text}"}

    return make


@pytest.fixture
def users(database: Database) -> Users:
    """An admin `root`, and `ada`, who manages `blog` and sees `shop`."""
    users = Users(database)
    users.add("test", "root", PASSWORD, is_admin=True)
    users.add("test", "ada", PASSWORD, roles={"blog": "manage", "shop": "view"})
    return users
