"""Snowplow's own trackers: @snowplow/node-tracker, snowplow-tracker (PyPI), @snowplow/browser-tracker in a browser."""

import pytest
from playwright.sync_api import Page

from tests.browser.tracker.website import Answer, Website
from tests.browser.waiting import wait_until
from tests.clients.dialogue import talk_to
from tests.clients.stand import INSTALLED, Stand, read_snippet

APP = "shop-web"
ROUNDS = 20
SCRIPT = INSTALLED / "@snowplow" / "browser-tracker" / "dist" / "index.umd.min.js"
PAGE = """<script src="/sp.js"></script><script>
    const sp = window.snowplowBrowserTracking;
    sp.newTracker("sp", "INGEST", { appId: "APP", bufferSize: 1, maxGetBytes: METHOD, eventMethod: "HOW" });
    sp.enableActivityTracking({ minimumVisitLength: 1, heartbeatDelay: 1 });
    sp.trackPageView();
</script>"""


@pytest.fixture
def known(stand: Stand) -> Stand:
    """The chain, which knows the app's id."""
    stand.know_as("snowplow", APP)
    return stand


def test_every_event_of_the_node_tracker_counts_once_over_a_kill(known: Stand) -> None:
    with talk_to("snowplow_node.cjs", known.url) as client:
        client.ask("send", str(ROUNDS))
        known.kill()
        client.ask("send", str(ROUNDS))
        known.restart()
        client.ask("send", str(ROUNDS))
        assert client.ask("end") == {"left": 0, "failures": []}
    once = "Video signup outbound_link transaction transaction_item site_search form_submit"
    expected = {"page_view": 6 * ROUNDS, **dict.fromkeys(once.split(), 3 * ROUNDS)}
    assert known.settles(expected) == expected
    assert known.ask(metrics="visitors,revenue") == {"visitors": 1, "revenue": {"EUR": f"{61.5 * ROUNDS}"}}
    assert known.count_by("path", "page_views") == {"/page": 3 * ROUNDS, "/Home": 3 * ROUNDS}
    assert known.count_by("props.plan") == {"pro": 3 * ROUNDS}


def test_every_event_of_the_python_tracker_counts_once_over_a_kill(known: Stand) -> None:
    with talk_to("snowplow_python.py", known.url) as client:
        client.ask("send", str(ROUNDS))
        assert client.ask("end") == 0
        known.kill()
        client.ask("send", "1")
        known.restart()
        client.ask("send", str(ROUNDS))
        assert client.ask("end") == 0
    rounds = 2 * ROUNDS + 1
    expected = {"page_view": 2 * rounds, "Video": rounds, "signup": rounds}
    assert known.settles(expected) == expected
    assert known.count_by("props.author.name") == {"ann": 4 * rounds}


@pytest.mark.parametrize("how", ["post", "get"])
def test_the_browser_tracker_counts_once_over_a_kill(how: str, known: Stand, website: Website, page: Page) -> None:
    website.pages["/sp.js"] = Answer(SCRIPT.read_text(), headers={"Content-Type": "text/javascript"})
    script = PAGE.replace("INGEST", known.url).replace("APP", APP).replace("HOW", how).replace("METHOD", "2000")
    website.add("/first", '<div style="height: 4000px">long</div>', script)
    page.goto(website.at("/first?utm_source=news"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the first view is stored")
    page.evaluate("scrollTo(0, 9999)")
    page.evaluate("sp.trackStructEvent({ category: 'Video', action: 'play', value: 2 })")
    signup = "{ event: { schema: 'iglu:com.acme/signup/jsonschema/1-0-0', data: { plan: 'pro' } } }"
    page.evaluate(f"sp.trackSelfDescribingEvent({signup})")
    expected = {"page_view": 1, "Video": 1, "signup": 1}
    wait_until(page, lambda: known.count_types() == expected, str(known.count_types()))
    known.kill()
    with page.expect_event("requestfailed"):
        page.evaluate(
            "for (let count = 0; count < 5; count++) sp.trackStructEvent({ category: 'Again', action: 'go' })"
        )
    known.restart()
    expected["Again"] = 5
    page.evaluate("sp.trackPageView({ title: 'Again' })")
    expected["page_view"] = 2
    wait_until(page, lambda: known.count_types() == expected, str(known.count_types()))
    assert known.ask(metrics="visitors,visits") == {"visitors": 1, "visits": 1}
    assert known.count_by("utm_source", "visits") == {"news": 1}


def test_the_line_of_the_page_for_movers_is_enough(known: Stand, website: Website, page: Page) -> None:
    website.pages["/sp.js"] = Answer(SCRIPT.read_text(), headers={"Content-Type": "text/javascript"})
    line = read_snippet("snowplow", 'newTracker("sp"', known.url)
    tracked = f"const {{ newTracker, trackPageView }} = snowplowBrowserTracking;\n{line}\ntrackPageView();"
    website.add("/line", "", f'<script src="/sp.js"></script><script>{tracked}</script>')
    page.goto(website.at("/line"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the view is stored")
    assert known.count_by("path", "page_views") == {"/line": 1}
