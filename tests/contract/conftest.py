"""The suite once more with two groups, if TEST_GROUPS asks for it."""

import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from common.postgres.database import Database
from common.postgres.driver import Connection
from tests.conftest import make_database
from tests.contract.everywhere import IS_WANTED, STAND_INS, Home, put_slots

CHANGED_BY_GROUPS = {*STAND_INS, "everywhere", "store_all"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With groups: leave out what knows nothing of them, or says that it has none or its own."""
    if not IS_WANTED:
        return
    others = [item for item in items if not _is_changed(item)]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in set(others)]


def _is_changed(item: pytest.Item) -> bool:
    if "tests/contract/" not in item.path.as_posix():
        return True
    names = vars(item.getparent(pytest.Module).obj)  # type: ignore[union-attr]
    return item.get_closest_marker("one_group") is None and not CHANGED_BY_GROUPS.isdisjoint(names)


@pytest.fixture(autouse=True)
def two_groups(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home beside the test's database, which is the second group's then."""
    if not IS_WANTED or "database_url" not in request.fixturenames:
        yield
        return
    administrator: Connection = request.getfixturevalue("administrator")
    url: str = request.getfixturevalue("database_url")
    with make_database(request.getfixturevalue("postgres_url"), administrator) as home_url:
        home, second = (Database(one, connections=4, timeout_seconds=10) for one in (home_url, url))
        with closing(home), closing(second):
            put_slots(home, second, range(256))
            monkeypatch.setattr(Home, "url", home_url)
            monkeypatch.setattr(Home, "database", home)
            for name, module in list(sys.modules.items()):
                if name.startswith("tests.contract.") and name != "tests.contract.everywhere":
                    for word in vars(module).keys() & STAND_INS:
                        monkeypatch.setattr(module, word, STAND_INS[word])
            yield
