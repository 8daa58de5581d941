"""The page, served by a real stats over a real database."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from common.settings import Settings
from infra.migrations.runner import migrate
from tests.browser.page.stand import Stand, make_events
from tests.conftest import administer
from tests.pressure.parts import Parts

SITE = "shop"


@pytest.fixture(scope="module")
def parts(valkey_url: str, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Parts over a database that all tests of a module share."""
    folder = tmp_path_factory.mktemp("page")
    name = f"test_{uuid.uuid4().hex}"
    administer(postgres_url, f"create database {name}")
    url = f"{postgres_url.rsplit('/', 1)[0]}/{name}"
    migrate(url)
    settings = Settings(redis_url=valkey_url, database_url=url, stream_name=name, data_dir=folder / "data")
    started = Parts(settings, folder)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def stand(parts: Parts) -> Stand:
    """Functions that all tests of a module share; the site `shop` has two days of events."""
    stand = Stand(parts.start("process"), parts.start("stats"))
    stand.store(SITE, make_events())
    return stand


@pytest.fixture
def shop(page: Page, stand: Stand) -> Page:
    """The page of the site `shop`, with every panel loaded. It fails a test whose console has an error."""
    page.set_viewport_size({"width": 1200, "height": 3000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stand.at(SITE))
    page.wait_for_selector("[data-panel=filtered] .none, [data-panel=filtered] .rows")
    page.wait_for_selector("[data-panel=devices] .rows")
    assert errors == []
    return page
