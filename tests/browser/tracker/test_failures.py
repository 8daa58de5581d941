"""Nothing is lost and nothing doubled, whatever happens between a page and ingest."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.tracker.conftest import Tag
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Website
from tests.browser.waiting import wait_until
from tests.pressure.parts import Parts, RunningPart

CLICKS = 30
BUTTONS = '<button id="plus" data-event="click" data-event-kind="plus">+</button>'


def ids(events: list[dict[str, Any]]) -> set[str]:
    return {event["event_id"] for event in events}


def answer_first(page: Page, ingest: RunningPart, times: int, **answer: Any) -> list[str]:
    """Answer the first requests to the endpoint in ingest's place; gives the bodies of all that come."""
    bodies: list[str] = []

    def handle(route: Route) -> None:
        bodies.append(route.request.post_data or "")
        if len(bodies) <= times:
            route.fulfill(**answer)
        else:
            route.continue_()

    page.route(f"{ingest.url}/event", handle)
    return bodies


def test_clicks_while_ingest_is_killed_and_restarted_count_once(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart, parts: Parts
) -> None:
    website.add("/", BUTTONS, tag())
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    for count in range(CLICKS):
        page.click("#plus")
        if count == CLICKS // 3:
            ingest.kill()
    parts.start("ingest", port=ingest.port)
    page.click("#plus")
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_until(page, lambda: len(ids(queue.read())) == CLICKS + 2, "every click arrives")
    clicks = [event for event in queue.read() if event["event_type"] == "click"]
    # these two and the site are the key under which an event counts once
    assert len({(event["event_id"], event["timestamp"]) for event in clicks}) == len(ids(clicks)) == CLICKS + 1


@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_an_event_that_ingest_could_not_take_is_sent_again_with_its_id(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart, status: int
) -> None:
    bodies = answer_first(page, ingest, 1, status=status, headers={"Access-Control-Allow-Origin": "*"})
    website.add("/", "", tag())
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_too_many_requests_are_sent_again_when_the_answer_says(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    page.clock.install()
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After", "Retry-After": "600"}
    answer_first(page, ingest, 1, status=429, headers=headers)
    website.add("/", "", tag())
    with page.expect_response(f"{ingest.url}/event"):  # from when on it waits
        page.goto(website.at("/"))
    page.clock.run_for(500_000)  # its clock goes on beside that: by many seconds, if this machine is slow
    queue.settle(page)
    page.clock.run_for(100_000)
    queue.wait_for(page, "page_view", "done")


def test_an_event_that_is_refused_is_not_sent_again_and_the_console_says_why(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    website.add("/", "", tag(name="script.all.js"))
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    bodies = answer_first(page, ingest, 0)
    with page.expect_console_message(lambda message: "Unknown field" in message.text):
        page.evaluate("analytics('buy', {prise: 3})")
    page.evaluate("dispatchEvent(new Event('online'))")
    queue.settle(page, "page_view")
    assert len(bodies) == 2


def test_what_happens_offline_is_sent_when_the_page_is_online_again(
    page: Page, website: Website, tag: Tag, queue: Queue
) -> None:
    website.add("/", BUTTONS, tag())
    page.goto(website.at("/"))
    [view] = queue.wait_for(page, "page_view")
    page.context.set_offline(True)
    page.click("#plus")
    page.wait_for_timeout(300)
    page.context.set_offline(False)
    events = queue.wait_for(page, "page_view", "click")
    assert view["timestamp"] < events[1]["timestamp"]


@pytest.mark.parametrize("leave", ["close", "link", "reload"])
def test_an_event_of_a_page_that_is_left_at_once_arrives(
    page: Page, website: Website, tag: Tag, queue: Queue, leave: str
) -> None:
    website.add("/", f'{BUTTONS}<a href="/away" data-event="leave">away</a>', tag())
    website.add("/away", "")
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    other = page.context.new_page()
    if leave == "link":
        page.click("a")
        queue.wait_for(other, "page_view", "leave")
    else:
        page.evaluate("document.querySelector('#plus').click()")
        page.close() if leave == "close" else page.goto("about:blank")
        queue.wait_for(other, "page_view", "click")


def test_what_waits_is_sent_when_the_tab_is_closed(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    """Its back-off is far from over."""
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After", "Retry-After": "600"}
    answer_first(page, ingest, 1, status=503, headers=headers)
    website.add("/", "", tag())
    with page.expect_response(f"{ingest.url}/event"):  # what has no answer yet is on its way, and does not wait
        page.goto(website.at("/"))
    other = page.context.new_page()
    page.close(run_before_unload=True)
    queue.wait_for(other, "page_view")


def test_an_old_browser_sends_a_beacon_when_the_tab_is_closed(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    """One whose requests end with their page."""
    page.add_init_script("delete Request.prototype.keepalive; window.fetch = () => new Promise(() => {})")
    website.add("/", BUTTONS, tag())
    page.goto(website.at("/"))
    page.click("#plus")
    assert queue.read() == []
    other = page.context.new_page()
    page.close(run_before_unload=True)
    # each once at least: the page is hidden, and then it is left
    wait_until(other, lambda: len(ids(queue.read())) == 2, "both arrive")


def test_with_storage_what_waits_is_sent_by_the_sites_next_page(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart, parts: Parts
) -> None:
    website.add("/", BUTTONS, tag("data-store", name="script.all.js"))
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    page.wait_for_function("localStorage.length === 0")  # the view's answer is there: it is not sent again
    ingest.kill()
    page.click("#plus")
    page.goto("about:blank")
    parts.start("ingest", port=ingest.port)
    page.goto(website.at("/"))
    queue.settle(page, "page_view", "click", "page_view")
    page.wait_for_function("localStorage.length === 0")  # once the answer is there


def test_nothing_is_stored_in_the_browser_by_default(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/", BUTTONS, tag(name="script.all.js"))
    page.goto(website.at("/"))
    page.context.set_offline(True)
    page.click("#plus")
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert page.context.cookies() == []
