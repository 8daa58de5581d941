"""What a newcomer does first: put the page's snippet on a page of theirs, click around, and watch it arrive."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from common.postgres.database import Database
from tests.browser.tracker.website import Website
from tests.browser.waiting import wait_until
from tests.pressure.parts import Parts, RunningPart

NOTE_SENDING = """sent = [];
taken = [];
const send = fetch;
fetch = async (...given) => {
    const isEvent = String(given[0]).endsWith("/event");
    if (isEvent) sent.push(Date.now());
    const answer = await send(...given);
    if (isEvent && answer.status === 202) taken.push(Date.now());
    return answer;
};"""
CHANGED_AT = "select floor(extract(epoch from changed_at) * 1000) from sites where site_id = 'mine'"
# no frame is asked for: a page behind another one gets one a second
WATCH = """(selector) => {
    seenAt = 0;
    new MutationObserver((_, observer) => {
        if (!document.querySelector(selector)) return;
        seenAt = Date.now();
        observer.disconnect();
    }).observe(document, { subtree: true, childList: true, attributes: true });
}"""


@pytest.fixture
def website() -> Iterator[Website]:
    """The newcomer's site."""
    one = Website()
    yield one
    one.close()


@pytest.fixture
def ingest(parts: Parts) -> RunningPart:
    """Ingest, with what is behind it."""
    parts.start("poller", process_url=parts.start("process").url)
    return parts.start("ingest")


@pytest.fixture
def database(parts: Parts) -> Iterator[Database]:
    """That of the parts."""
    opened = Database(parts.settings.database_url, connections=1, timeout_seconds=10)
    yield opened
    opened.close()


def watch(page: Page, selector: str) -> None:
    """From now on: when does something first match?"""
    page.evaluate(WATCH, selector)


@dataclass
class Way:
    """Milliseconds of an event: to ingest's 202, from there to the statement that stored it, and on to the page."""

    accepted: int
    stored: int
    shown: int

    def __str__(self) -> str:
        whole = self.accepted + self.stored + self.shown
        return f"{whole} ms ({self.accepted} to the 202, {self.stored} to the database, {self.shown} to the page)"


def measure(page: Page, visitor: Page, database: Database) -> Way:
    """Of the last event, once what is watched is there."""
    wait_until(page, lambda: page.evaluate("seenAt"), "what was sent is on the page")
    seen = page.evaluate("seenAt")
    wait_until(visitor, lambda: visitor.evaluate("taken.length === sent.length"), "every event's answer")
    sent, taken = visitor.evaluate("[sent.at(-1), taken.at(-1)]")
    [[stored]] = database.run(CHANGED_AT)
    return Way(round(taken - sent), round(float(stored) - taken), round(seen - float(stored)))


def test_what_is_clicked_on_a_page_with_the_snippet_is_on_the_page_by_itself(
    context: BrowserContext,
    parts: Parts,
    ingest: RunningPart,
    website: Website,
    database: Database,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stats = parts.start("stats")
    page = context.new_page()
    page.set_viewport_size({"width": 1200, "height": 3000})
    page.goto(f"{stats.url}/?site=mine&period=today")
    page.get_by_label("Ingest answers at").fill(ingest.url)
    snippet = page.locator(".code pre").inner_text()
    website.add("/", "<button data-event=signup>Sign up</button>", snippet)
    watch(page, "[data-metric=visitors] strong[title='1']")

    visitor = context.new_page()
    visitor.add_init_script(NOTE_SENDING)
    visitor.goto(website.at("/"))
    first = measure(page, visitor, database)
    expect(page.locator("[data-panel=pages] .value").first).to_have_attribute("title", "/")
    watch(page, "[data-panel=events] .value[title=signup]")
    visitor.click("button")
    then = measure(page, visitor, database)

    with capsys.disabled():
        sys.stdout.write(f"\nfrom an event's request to the page: the first {first}; the next {then}\n")
