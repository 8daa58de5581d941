"""A visitor's clock that is days ahead costs no event, and doubles none."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route

from tests.browser.tracker.conftest import Tag
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Website
from tests.browser.waiting import wait_until
from tests.pressure.parts import RunningPart

DAYS_AHEAD = "const right = Date.now; Date.now = () => right() + 3 * 864e5;"
BUTTON = '<button data-event="click">+</button>'


def is_now(timestamp: str) -> bool:
    """Whether it is today's, by our clock, which is ingest's too."""
    return abs(datetime.now(UTC) - datetime.fromisoformat(timestamp)) < timedelta(hours=1)


@pytest.mark.parametrize("name", ["script.js", "script.all.js"])
def test_a_clock_that_is_days_ahead_costs_no_event(
    page: Page, website: Website, tag: Tag, queue: Queue, name: str
) -> None:
    page.add_init_script(DAYS_AHEAD)
    website.add("/", BUTTON, tag("data-store", name=name))
    page.goto(website.at("/"))
    page.click("button")  # before the first answer, or after it
    queue.wait_for(page, "page_view", "click")
    page.click("button")
    queue.settle(page, "page_view", "click", "click")

    assert all(is_now(event["timestamp"]) for event in queue.read())
    # An event is in the queue before its answer is in the page.
    wait_until(page, lambda: page.evaluate("Object.keys(localStorage)") == [], "the page keeps no answered event")


def test_a_refusal_whose_answer_is_lost_doubles_nothing(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart
) -> None:
    page.add_init_script(DAYS_AHEAD)
    statuses: list[int] = []

    def lose_twice(route: Route) -> None:
        answer = route.fetch()
        statuses.append(answer.status)
        if len(statuses) in (1, 3):
            route.abort()
        else:
            route.fulfill(response=answer)

    page.route(f"{ingest.url}/event", lose_twice)
    website.add("/", "", tag())
    page.goto(website.at("/"))
    wait_until(page, lambda: len(statuses) == 4, "the view is refused twice, and accepted twice")

    assert statuses == [422, 422, 202, 202]
    assert len({(event["event_id"], event["timestamp"]) for event in queue.read()}) == 1


def test_a_time_that_ingest_accepts_stays_the_visitors(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    page.add_init_script("const right = Date.now; Date.now = () => right() - 2 * 36e5;")
    website.add("/", "", tag())
    page.goto(website.at("/"))
    [view] = queue.wait_for(page, "page_view")

    assert timedelta(hours=1) < datetime.now(UTC) - datetime.fromisoformat(view["timestamp"]) < timedelta(hours=3)
