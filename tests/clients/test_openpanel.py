"""OpenPanel's own clients: @openpanel/sdk, openpanel (PyPI), and @openpanel/web in a browser."""

import pytest
from playwright.sync_api import Page

from tests.browser.tracker.website import Answer, Website
from tests.browser.waiting import wait_until
from tests.clients.dialogue import talk_to
from tests.clients.stand import INSTALLED, Stand

CLIENT = "0c2bb63a-52b4-4a92-8f53-2b2f7c4f2d3e"
SCRIPT = INSTALLED / "@openpanel" / "web" / "dist" / "src" / "tracker.global.js"
PAGE = """<script>
    window.op = window.op || function (...call) { (window.op.q = window.op.q || []).push(call); };
    window.op("init", {
      clientId: "CLIENT", apiUrl: "INGEST", trackScreenViews: true, trackOutgoingLinks: true, trackAttributes: true,
    });
</script><script src="/op1.js"></script>"""


@pytest.fixture
def known(stand: Stand) -> Stand:
    """The chain, which knows the client's id."""
    stand.know_as("openpanel", CLIENT)
    return stand


def test_every_call_of_the_sdk_counts_once_over_a_kill(known: Stand) -> None:
    with talk_to("openpanel_node.cjs", known.url, CLIENT=CLIENT) as client:
        assert client.ask("send", "10") == [True] * 30
        client.ask("wait")
        expected = {"page_view": 10, "signup": 10, "revenue": 10, "waited": 1}
        assert known.settles(expected) == expected
        known.kill()
        assert client.ask("send", "0") == []
        known.restart()
        assert client.ask("send", "10") == [True] * 30
    expected = {"page_view": 20, "signup": 20, "revenue": 20, "waited": 1}
    assert known.settles(expected) == expected
    assert known.ask(metrics="visitors,revenue") == {"visitors": 1, "revenue": {"EUR": "30.0"}}
    assert known.count_by("props.colour") == {"red": 60}
    assert known.count_by("props.groups") == {"acme": 20}


def test_every_call_of_the_python_client_counts_once(known: Stand) -> None:
    with talk_to("openpanel_python.py", known.url, CLIENT=CLIENT) as client:
        client.ask("send", "10")
        expected = {"page_view": 10, "signup": 10}
        assert known.settles(expected) == expected
        client.ask("end")
    assert known.ask(metrics="visitors") == {"visitors": 1}


def test_the_script_counts_views_clicks_and_events_in_a_browser(known: Stand, website: Website, page: Page) -> None:
    website.pages["/op1.js"] = Answer(SCRIPT.read_text(), headers={"Content-Type": "text/javascript"})
    body = """<a id=out href="https://other.example/x?token=1" onclick="event.preventDefault()">out</a>
        <button data-track="clicked" data-colour="blue">go</button>"""
    website.add("/first", body, PAGE.replace("INGEST", known.url).replace("CLIENT", CLIENT))
    page.goto(website.at("/first?utm_source=news"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the first view is stored")
    page.click("#out")
    page.click("button")
    page.evaluate("op('track', 'signup', { plan: 'pro' })")
    page.evaluate("history.pushState({}, '', '/second')")
    expected = {"page_view": 2, "outbound_link": 1, "clicked": 1, "signup": 1}
    wait_until(page, lambda: known.count_types() == expected, str(known.count_types()))
    known.kill()
    with page.expect_event("requestfailed"):
        page.evaluate("op('track', 'again', { plan: 'pro' })")
    known.restart()
    page.evaluate("op('track', 'later')")
    wait_until(page, lambda: known.count_types().get("later") == 1, str(known.count_types()))
    assert known.count_types() in ({**expected, "later": 1}, {**expected, "later": 1, "again": 1}), "it tries for 4 s"
    assert known.ask(metrics="visitors,visits") == {"visitors": 1, "visits": 1}
    assert known.count_by("path", "page_views") == {"/first": 1, "/second": 1}
    assert known.count_by("props.colour") == {"blue": 1}
