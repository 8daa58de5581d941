"""Umami's own clients: @umami/node, umami-analytics, umami-asgi, and the script of its repository."""

import pytest
from playwright.sync_api import Page

from tests.browser.tracker.website import Answer, Website
from tests.browser.waiting import wait_until
from tests.clients.stand import INSTALLED, Stand, read_snippet, run_driver

WEBSITE = "94db1cb1-74f4-4a40-ad6c-962362670409"
SCRIPT = INSTALLED / "umami" / "src" / "tracker" / "index.js"
EACH = {"page_view": 2, "signup": 1, "download": 1}
"""What one round of the Node driver sends, beside an identify."""


@pytest.fixture
def known(stand: Stand) -> Stand:
    """The chain, which knows Umami's id of the site."""
    stand.know_as("umami", WEBSITE)
    return stand


def test_every_call_of_the_node_client_counts_once_over_a_kill(known: Stand) -> None:
    first = run_driver("umami_node.cjs", known.url, WEBSITE=WEBSITE, COUNT="10")
    assert {answer["status"] for answer in first} == {200}
    known.kill()
    refused = run_driver("umami_node.cjs", known.url, WEBSITE=WEBSITE, COUNT="1")
    assert all("error" in answer for answer in refused), "nothing is acknowledged while nobody is there"
    known.restart()
    run_driver("umami_node.cjs", known.url, WEBSITE=WEBSITE, COUNT="10")
    expected = {name: count * 20 for name, count in EACH.items()}
    assert known.settles(expected) == expected
    assert known.count_by("props.plan") == {"pro": 20}
    assert known.count_by("props.nested.seats") == {"3": 20}
    assert known.count_by("path", "page_views", limit="2") == {"/sent": 20, "/page-0": 2}


def test_every_call_of_the_python_clients_counts_once(known: Stand) -> None:
    *answers, never, served = run_driver("umami_python.py", known.url, WEBSITE=WEBSITE)
    assert (len(answers), never, served) == (6, {}, "served")
    assert all("cache" in answer for answer in answers)
    expected = {"page_view": 3, "signup": 2, "buy": 2}
    assert known.settles(expected) == expected
    assert known.ask(metrics="revenue") == {"revenue": {"EUR": "20.0"}}
    assert known.count_by("path", "page_views") == {"/home": 2, "/served": 1}
    assert known.count_by("source", "page_views")["Hacker News"] == 1


def test_the_script_counts_views_clicks_and_events_in_a_browser(known: Stand, website: Website, page: Page) -> None:
    website.pages["/umami.js"] = Answer(SCRIPT.read_text(), headers={"Content-Type": "text/javascript"})
    tag = read_snippet("umami", "<script", known.url)
    body = '<button data-umami-event="click" data-umami-event-colour="red">go</button>'
    website.add("/a post", body, tag)
    website.pages["/a%20post"] = website.pages["/a post"]
    page.goto(website.at("/a%20post?utm_source=news"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the first view is stored")
    page.click("button")
    page.evaluate("history.pushState({}, '', '/second')")
    page.evaluate("umami.track('paid', { revenue: 5, currency: 'EUR' })")
    page.evaluate("umami.track((props) => ({ ...props, url: '/third', title: 'Third' }))")
    page.evaluate("umami.identify({ plan: 'pro' })")
    expected = {"page_view": 3, "click": 1, "paid": 1}
    wait_until(page, lambda: known.count_types() == expected, str(known.count_types()))
    assert known.count_by("path", "page_views") == {"/a%20post": 1, "/second": 1, "/third": 1}
    assert known.count_by("props.colour") == {"red": 1}
    assert known.ask(metrics="visitors,visits,revenue") == {"visitors": 1, "visits": 1, "revenue": {"EUR": "5"}}
    assert known.count_by("utm_source", "visits") == {"news": 1}
