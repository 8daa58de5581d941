"""Events that are not page views: called, clicked, sent with a form."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.tracker.conftest import Tag
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Website

ALL = "script.all.js"


def test_an_event_has_what_its_page_gives_it(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/cart", "", tag())
    page.goto(website.at("/cart"))
    page.wait_for_function("window.analytics && analytics.on")
    page.evaluate(
        "analytics('buy', {props: {plan: 'pro', seats: 3}, revenue: {amount: '9.90', currency: 'EUR'}, user_id: 'ann'})"
    )
    events = queue.wait_for(page, "page_view", "buy")
    [event] = [event for event in events if event["event_type"] == "buy"]
    assert (event["path"], event["props"], event["user_id"]) == ("/cart", {"plan": "pro", "seats": "3"}, "ann")
    assert event["revenue"] == {"amount": "9.90", "currency": "EUR"}


def test_what_a_page_calls_before_the_script_is_there_is_sent(
    page: Page, website: Website, tag: Tag, queue: Queue
) -> None:
    stub = "<script>window.analytics = (...all) => { (analytics.q ||= []).push(all) }; analytics('early')</script>"
    website.add("/", "", stub + tag())
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view", "early")


def test_a_click_on_an_element_with_an_event_sends_it_with_its_properties(
    page: Page, website: Website, tag: Tag, queue: Queue
) -> None:
    button = '<button data-event="signup" data-event-plan="pro" data-event-from-page="a"><b>Sign <i>up</i></b></button>'
    website.add("/", f"{button}<button id=other>other</button>", tag())
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    page.click("#other")
    page.click("i")
    [_, event] = queue.settle(page, "page_view", "signup")
    assert event["props"] == {"plan": "pro", "from-page": "a"}


def test_a_form_with_an_event_sends_it_when_it_is_submitted(
    page: Page, website: Website, tag: Tag, queue: Queue
) -> None:
    website.add(
        "/", '<form data-event="search" data-event-place="top"><input required><button>go</button></form>', tag()
    )
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    page.click("button")
    queue.settle(page, "page_view")
    page.fill("input", "shoes")
    page.click("button")
    events = queue.wait_for(page, "page_view", "done", "search", "page_view")
    assert [event["props"] for event in events if event["event_type"] == "search"] == [{"place": "top"}]


LINKS = """
<a id=out href="http://other.test:1/page?token=1#x">out</a> <a id=own href="#own">own</a>
<a id=file href="/files/report.PDF?key=1">file</a> <a id=outfile href="http://other.test:1/data.csv">out file</a>
<a id=mail href="mailto:a@b.example">mail</a>
<script>addEventListener("click", (event) => event.preventDefault())</script>"""


@pytest.mark.parametrize(
    ("options", "link", "expected"),
    [
        ("data-outbound", "out", ("outbound_link", {"url": "http://other.test:1/page"})),
        ("data-outbound", "own", None),
        ("data-outbound", "mail", None),
        ("data-outbound", "outfile", ("outbound_link", {"url": "http://other.test:1/data.csv"})),
        ("data-outbound data-downloads", "outfile", ("file_download", {"url": "http://other.test:1/data.csv"})),
        ("data-downloads", "file", ("file_download", {"url": "{own}/files/report.PDF"})),
        ("data-downloads=epub", "file", None),
        ("data-downloads", "out", None),
        ("", "out", None),
    ],
)
def test_links_to_other_sites_and_files_are_events_where_that_is_asked_for(
    page: Page, website: Website, tag: Tag, queue: Queue, options: str, link: str, expected: tuple[str, dict[str, Any]]
) -> None:
    website.add("/", LINKS, tag(options, name=ALL))
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    page.click(f"#{link}")
    if expected is None:
        queue.settle(page, "page_view")
        return
    name, props = expected
    [_, event] = queue.settle(page, "page_view", name)
    assert event["props"] == {key: text.replace("{own}", website.at("")) for key, text in props.items()}


def test_a_click_does_not_wait_until_its_event_is_sent(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    """The endpoint never answers, and the next page is there nevertheless."""
    page.route("**/event", lambda route: None)
    website.add("/", '<a href="/next" data-event="go">go</a>', tag())
    website.add("/next", "here")
    page.goto(website.at("/"))
    page.evaluate("addEventListener('click', (event) => { sessionStorage.wasPrevented = event.defaultPrevented })")
    page.click("a")
    page.wait_for_url("**/next")
    assert page.evaluate("sessionStorage.wasPrevented") == "false"


def test_forms_are_events_where_that_is_asked_for(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    form = '<form id="letter" action="/subscribe?key=1"><input name="id" value="x"><button>go</button></form>'
    website.add(
        "/", form + "<script>onsubmit = (event) => event.preventDefault()</script>", tag("data-forms", name=ALL)
    )
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    page.click("button")
    [_, event] = queue.settle(page, "page_view", "form_submit")
    assert event["props"] == {"form": "letter", "url": website.at("/subscribe")}


def test_a_page_that_does_not_exist_is_a_404_and_no_view(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/gone", "not found", tag("data-404", name=ALL), status=404)
    page.goto(website.at("/gone"))
    [event] = queue.settle(page, "404")
    assert event["path"] == "/gone"
