"""How long a page is looked at, and how far down it is read."""

import json
from typing import Any

from playwright.sync_api import Page

from tests.browser.tracker.conftest import Tag
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.test_seen_pages import HIDE
from tests.browser.tracker.website import Website
from tests.pressure.parts import RunningPart

LONG = '<div style="height: 4000px">long</div>'


def collect(page: Page, ingest: RunningPart) -> list[dict[str, Any]]:
    """The events that are sent to ingest, which gets all but those of engagement."""
    sent: list[dict[str, Any]] = []

    def handle(route: Any) -> None:
        event = json.loads(route.request.post_data)
        sent.append(event)
        if event["event_type"] == "engagement":
            route.fulfill(status=202, headers={"Access-Control-Allow-Origin": "*"})
        else:
            route.continue_()

    page.route(f"{ingest.url}/event", handle)
    return sent


def reports(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in sent if event["event_type"] == "engagement"]


def test_the_time_in_which_a_page_is_seen_is_reported_with_the_depth_of_scrolling(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    sent = collect(page, ingest)
    page.clock.install()
    page.add_init_script(HIDE.replace("isHidden = true", "isHidden = false"))
    website.add("/long", LONG, tag())
    page.goto(website.at("/long"))
    queue.wait_for(page, "page_view")
    page.clock.run_for(5_000)
    page.evaluate("scrollTo(0, 1000)")
    page.wait_for_function("scrollY === 1000")
    page.evaluate("scrollTo(0, 0)")
    page.evaluate("show(false)")
    page.clock.run_for(60_000)
    page.evaluate("show(true)")
    page.clock.run_for(2_000)
    page.evaluate("show(false)")
    queue.settle(page, "page_view")
    first, second = reports(sent)
    assert first.keys() == {
        "site_id", "event_id", "event_type", "url", "engaged_ms", "scroll_depth",
    }  # fmt: skip
    assert second["scroll_depth_before"] == first["scroll_depth"]
    assert first["event_id"] != second["event_id"]
    assert 5_000 <= first["engaged_ms"] < 60_000
    assert 2_000 <= second["engaged_ms"] < 60_000
    height = page.evaluate("innerHeight + 1000") / page.evaluate("document.documentElement.scrollHeight")
    assert first["scroll_depth"] == second["scroll_depth"] == int(height * 100)


def test_engagement_is_reported_before_the_next_view_and_begins_anew(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    sent = collect(page, ingest)
    page.clock.install()
    website.add("/a", LONG, tag())
    page.goto(website.at("/a"))
    queue.wait_for(page, "page_view")
    page.clock.run_for(3_000)
    page.evaluate("history.pushState({}, '', '/b')")
    page.wait_for_timeout(50)
    page.clock.run_for(200)
    queue.wait_for(page, "page_view", "page_view")
    page.clock.run_for(7_000)
    page.evaluate("history.pushState({}, '', '/c')")
    page.wait_for_timeout(50)
    page.clock.run_for(200)
    queue.wait_for(page, *["page_view"] * 3)
    assert [event["event_type"] for event in sent] == [
        "page_view", "engagement", "page_view", "engagement", "page_view",
    ]  # fmt: skip
    first, second = reports(sent)
    assert (first["url"], second["url"]) == (website.at("/a"), website.at("/b"))
    assert not {"scroll_depth_before"} & (first.keys() | second.keys())
    assert second["engaged_ms"] >= 7_000


def test_time_without_focus_does_not_count(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    sent = collect(page, ingest)
    page.clock.install()
    page.add_init_script("Document.prototype.hasFocus = () => window.hasIt !== false")
    website.add("/a", "", tag())
    page.goto(website.at("/a"))
    queue.wait_for(page, "page_view")
    page.clock.run_for(2_000)
    page.evaluate("hasIt = false; dispatchEvent(new Event('blur'))")
    page.clock.run_for(3_600_000)
    # at once: a second later there would be more to report
    page.evaluate("hasIt = true; dispatchEvent(new Event('focus')); dispatchEvent(new Event('pagehide'))")
    queue.settle(page, "page_view")
    [report] = reports(sent)
    assert 2_000 <= report["engaged_ms"] < 3_600_000


def test_engagement_that_is_turned_off_is_not_sent(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    sent = collect(page, ingest)
    page.clock.install()
    website.add("/a", LONG, tag('data-engagement="off"'))
    page.goto(website.at("/a"))
    queue.wait_for(page, "page_view")
    page.clock.run_for(9_000)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    queue.settle(page, "page_view")
    assert reports(sent) == []


def test_ingest_takes_the_reports_of_the_script(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    page.clock.install()
    website.add("/a", LONG, tag())
    page.goto(website.at("/a"))
    queue.wait_for(page, "page_view")
    page.clock.run_for(9_000)
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    [_, report] = queue.wait_for(page, "page_view", "engagement")
    assert report["engaged_ms"] >= 9_000
    assert "scroll_depth_before" not in report


def test_a_long_read_is_reported_every_ten_minutes(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    sent = collect(page, ingest)
    page.clock.install()
    website.add("/a", LONG, tag())
    page.goto(website.at("/a"))
    queue.wait_for(page, "page_view")
    page.clock.run_for(1_900_000)
    queue.settle(page, "page_view")
    assert [round(report["engaged_ms"] / 60_000) for report in reports(sent)] == [10, 10, 10]
