"""Published clients of other trackers, before a running ingest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.postgres.database import Database
from common.settings import Settings
from tests.browser.conftest import browser, context, page
from tests.browser.tracker.website import Website
from tests.clients.stand import Stand, find_missing
from tests.pressure.parts import Parts

__all__ = ["browser", "context", "page"]


@pytest.fixture(autouse=True, scope="session")
def clients_are_here() -> None:
    """Skip where a client can't run."""
    if missing := find_missing():
        pytest.skip(missing)


@pytest.fixture
def stand(settings: Settings, database: Database, tmp_path: Path) -> Iterator[Stand]:
    """The chain, for one test."""
    parts = Parts(settings, tmp_path)
    try:
        yield Stand(parts, database)
    finally:
        parts.stop()


@pytest.fixture
def website() -> Iterator[Website]:
    """A site to add pages to."""
    one = Website()
    yield one
    one.close()
