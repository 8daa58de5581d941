"""What a newcomer does first: put the page's snippet on a page of theirs, click around, and watch it arrive."""

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.tracker.website import Website
from tests.pressure.parts import Parts, RunningPart

NOTE_SENDING = """sent = [];
const send = fetch;
fetch = (...given) => (String(given[0]).endsWith("/event") && sent.push(Date.now()), send(...given));"""
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


def watch(page: Page, selector: str) -> None:
    """From now on: when does something first match?"""
    page.evaluate(WATCH, selector)


def measure(page: Page, visitor: Page) -> int:
    """Milliseconds from the last event's request to when what is watched was there."""
    seen = page.wait_for_function("() => window.seenAt").json_value()
    return round(seen - visitor.evaluate("sent.at(-1)"))


def test_what_is_clicked_on_a_page_with_the_snippet_is_on_the_page_by_itself(
    context: BrowserContext, parts: Parts, ingest: RunningPart, website: Website, capsys: pytest.CaptureFixture[str]
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
    first = measure(page, visitor)
    expect(page.locator("[data-panel=pages] .value").first).to_have_attribute("title", "/")
    watch(page, "[data-panel=events] .value[title=signup]")
    visitor.click("button")
    then = measure(page, visitor)

    with capsys.disabled():
        sys.stdout.write(f"\nan event is on the page {first} ms after its request, the first; the next {then} ms\n")
