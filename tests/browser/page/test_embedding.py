"""A shared link shows its figures in a frame of the pages that its owner named, and of no other."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page, expect

from common.access.links import LinkDraft, Links
from common.postgres.database import Database
from tests.browser.page.conftest import SITE
from tests.browser.page.stand import PERIOD, Stand
from tests.browser.tracker.website import Website
from tests.pressure.parts import Parts


@pytest.fixture
def website() -> Iterator[Website]:
    """A server of other people's pages."""
    one = Website()
    yield one
    one.close()


@pytest.fixture
def address(parts: Parts, stand: Stand, website: Website) -> str:
    """A link that the pages of one origin may frame."""
    origin = website.at("", "friend.test")
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=10)) as database:
        _, key = Links(database).make("test", SITE, LinkDraft(name="framed", embed_origins=[origin]))
    return f"{stand.stats.url}/share/{key.text}?site={SITE}&{PERIOD}"


def frame(page: Page, website: Website, host: str, address: str) -> None:
    """Open a page of a host that has the address in a frame."""
    website.add("/", f'<iframe src="{address}" width="1000" height="800"></iframe>')
    page.goto(website.at("/", host))


def test_a_page_that_the_link_names_shows_the_figures(page: Page, website: Website, address: str) -> None:
    frame(page, website, "friend.test", address)

    expect(page.frame_locator("iframe").locator("[data-metric=visitors] strong")).to_have_text("30")


def test_another_page_shows_nothing(page: Page, website: Website, address: str) -> None:
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        frame(page, website, "stranger.test", address)

    expect(page.frame_locator("iframe").locator("[data-metric]")).to_have_count(0)


def test_the_owners_page_is_in_no_frame(page: Page, website: Website, stand: Stand) -> None:
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        frame(page, website, "friend.test", stand.at(SITE))

    expect(page.frame_locator("iframe").locator("[data-metric]")).to_have_count(0)
