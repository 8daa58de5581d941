"""Requests as GoatCounter's script makes them, in a browser: no registry has the script itself.

Whoever has a copy of count.js names it in COUNT_JS, and its own calls are tried.
"""

import json
import os
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.tracker.website import Answer, Website
from tests.browser.waiting import wait_until
from tests.clients.stand import Stand, read_snippet

COUNT_JS = os.environ.get("COUNT_JS", "")
HOST = "127.0.0.1"
"""Ingest's own, which stands for the site where the endpoint names none."""


@pytest.fixture
def known(stand: Stand) -> Stand:
    """The chain, which knows the site by ingest's host name."""
    stand.know_as("goatcounter", HOST)
    return stand


def test_beacons_and_pixels_count_once_each(known: Stand, website: Website, page: Page) -> None:
    website.add("/", "a page")
    page.goto(website.at("/"))
    query = "p=%2F&t=Home&s=1920%2C1080%2C1&b=0&q=%3Futm_source%3Dnews&rnd=ab12c"
    assert page.evaluate(f"navigator.sendBeacon('{known.url}/count?{query}')")
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the beacon is stored, and its visit begun")
    loaded = (
        f"new Promise((done) => {{ const img = new Image(); img.onload = () => done(img.width); img.src = '{known.url}"
    )
    assert page.evaluate(f"{loaded}/count?e=true&p=sign-up&b=0&rnd=2' }})") == 1
    assert page.evaluate(f"{loaded}/count/{'blog'}?p=%2Fsecond&b=0&rnd=3' }})") == 1
    expected = {"page_view": 2, "sign-up": 1}
    wait_until(page, lambda: known.count_types() == expected, "all is stored")
    assert known.count_by("path", "page_views") == {"/": 1, "/second": 1}
    assert known.count_by("hostname", "page_views") == {"blog.test": 2}
    assert known.count_by("utm_source", "visits") == {"news": 1}
    assert known.ask(metrics="visitors,visits") == {"visitors": 1, "visits": 1}


def send_until_acknowledged(url: str, hits: list[dict[str, str]]) -> int:
    """Send hits as GoatCounter's own importer does: again after every network error; how often."""
    body, tries = json.dumps({"no_sessions": True, "hits": hits}).encode(), 0
    while True:
        tries += 1
        request = urllib.request.Request(f"{url}/api/v0/count", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                assert answer.status == 202
                return tries
        except OSError:
            time.sleep(0.01)


def test_hits_that_are_sent_again_while_ingest_is_killed_count_once(known: Stand) -> None:
    batches, tries = 200, Counter[int]()
    done = threading.Event()

    def send() -> None:
        for batch in range(batches):
            at = f"2025-06-0{1 + batch % 9}T10:00:00Z"
            hits = [{"path": f"/{hit}", "session": f"{batch}-{hit}", "created_at": at} for hit in range(50)]
            tries[send_until_acknowledged(known.url, hits)] += 1
        done.set()

    threading.Thread(target=send, daemon=True).start()
    kills = 0
    while not done.wait(0.3) and kills < 5:
        known.kill()
        known.restart()
        kills += 1
    assert done.wait(120)
    assert (kills > 0, len(tries) > 1) == (True, True), "something was sent again"
    assert known.settles({"page_view": batches * 50}) == {"page_view": batches * 50}
    assert known.ask(metrics="visitors,page_views") == {"visitors": batches * 50, "page_views": batches * 50}


@pytest.mark.skipif(not COUNT_JS, reason="no copy of GoatCounter's count.js (COUNT_JS names one)")
def test_every_call_of_the_script_counts_once(known: Stand, website: Website, page: Page) -> None:
    website.pages["/count.js"] = Answer(Path(COUNT_JS).read_text(), headers={"Content-Type": "text/javascript"})
    tag = read_snippet("goatcounter", "<script", known.url).replace("/count/wiki", "/count/blog")
    website.add("/", '<button data-goatcounter-click="clicked" data-goatcounter-title="A click">go</button>', tag)
    page.add_init_script("Object.defineProperty(navigator, 'webdriver', { get: () => false })")
    page.goto(website.at("/?utm_source=news"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the view is stored")
    page.click("button")
    page.evaluate("goatcounter.count({ path: '/virtual', title: 'Virtual', referrer: 'letter' })")
    page.evaluate("goatcounter.count({ path: 'paid', event: true })")
    wait_until(page, lambda: known.count_types() == {"page_view": 2, "clicked": 1, "paid": 1}, "all is stored")
    assert known.count_by("path", "page_views") == {"/": 1, "/virtual": 1}
    assert known.count_by("hostname", "page_views") == {"blog.test": 2}
    assert known.ask(metrics="visitors,visits") == {"visitors": 1, "visits": 1}


def test_a_driven_browser_that_says_so_is_not_counted(known: Stand, website: Website, page: Page) -> None:
    website.add("/", "a page")
    page.goto(website.at("/"))
    sent = "fetch(URL, { method: 'POST' }).then((answer) => [answer.status, answer.headers.get('X-Goatcounter')])"
    answer = page.evaluate(sent.replace("URL", f"'{known.url}/count?p=%2F&b=153'"))
    assert answer == [202, None], "a page can't read the reason, and needs none"
    page.evaluate(f"navigator.sendBeacon('{known.url}/count?p=%2Fseen&b=0')")
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "what follows is stored")
    assert known.count_by("path", "page_views") == {"/seen": 1}
