"""From clicks in a browser to the figures, over the whole chain: each counts once."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, Route

from common.postgres.database import Database
from common.settings import Settings
from tests.browser.tracker.conftest import Tag
from tests.browser.tracker.website import Website
from tests.browser.waiting import wait_until
from tests.pressure.parts import Parts, RunningPart

BUTTON = '<button data-event="click">click</button>'
COUNTED = "<script>var clicks = 0; addEventListener('click', () => { clicks++ })</script>"
KILLS = 3


@pytest.fixture
def parts(settings: Settings, tmp_path: Path) -> Iterator[Parts]:
    """Any of the parts."""
    started = Parts(settings, tmp_path)
    yield started
    started.stop()


@pytest.fixture
def stats(parts: Parts) -> RunningPart:
    """What answers, with all that is between it and the queue."""
    parts.start("poller", process_url=parts.start("process").url)
    return parts.start("stats")


def ask(stats: RunningPart) -> dict[str, float]:
    query = {"site_id": "blog", "period": "24h", "metrics": "visitors,visits,page_views,events"}
    answer = httpx.get(f"{stats.url}/v1/stats/summary", params=query, timeout=10)
    assert answer.status_code in (200, 404), answer.text
    return answer.json().get("data", {})


def count(database: Database, outcome: str) -> int:
    [[events]] = database.run("select coalesce(sum(events), 0) from outcomes where outcome = :it", it=outcome)
    return int(events)


def test_an_event_whose_answer_is_lost_counts_once(
    page: Page, website: Website, tag: Tag, ingest: RunningPart, stats: RunningPart, database: Database
) -> None:
    bodies: set[str] = set()

    def lose_first_answer(route: Route) -> None:
        body = route.request.post_data or ""
        if body in bodies:
            route.continue_()
            return
        bodies.add(body)
        assert route.fetch().status == 202
        route.abort()

    page.route(f"{ingest.url}/event", lose_first_answer)
    website.add("/", BUTTON, tag())
    page.goto(website.at("/"))
    for _ in range(5):
        page.click("button")
    wait_until(page, lambda: count(database, "duplicate") >= 6, "all were sent twice", 60)
    assert (count(database, "stored"), len(bodies)) == (6, 6)
    assert ask(stats) == {"visitors": 1, "visits": 1, "page_views": 1, "events": 6}


def test_clicks_while_ingest_is_killed_and_restarted_are_all_counted_once(
    page: Page,
    website: Website,
    tag: Tag,
    ingest: RunningPart,
    stats: RunningPart,
    parts: Parts,
    database: Database,
    capsys: pytest.CaptureFixture[str],
) -> None:
    website.add("/", BUTTON + COUNTED, tag())
    page.goto(website.at("/"))
    page.wait_for_function("window.analytics && analytics.on")
    page.evaluate("clicking = setInterval(() => document.querySelector('button').click(), 50)")
    for _ in range(KILLS):
        page.wait_for_timeout(300)  # clicks go on while it dies, is away, and comes back
        ingest.kill()
        ingest = parts.start("ingest", port=ingest.port)
    page.evaluate("clearInterval(clicking)")
    clicks = page.evaluate("clicks")
    wait_until(page, lambda: count(database, "stored") >= clicks + 1, "every click is stored", 60)
    page.reload()
    wait_until(page, lambda: count(database, "stored") >= clicks + 2, "the last view is stored", 60)
    figures = ask(stats)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{clicks} clicks, {KILLS} times SIGKILL: {figures['events'] - 2} counted,"
            f" {count(database, 'duplicate')} sent again in vain\n"
        )
    assert figures == {"visitors": 1, "visits": 1, "page_views": 2, "events": clicks + 2}
