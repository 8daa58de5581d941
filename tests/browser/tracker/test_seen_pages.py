"""What nobody sees is no view: a tab in the background. What is seen again is one."""

from playwright.sync_api import Page

from tests.browser.tracker.conftest import Tag
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Website

HIDE = """
  let isHidden = true;
  Object.defineProperty(Document.prototype, "visibilityState", {get: () => isHidden ? "hidden" : "visible"});
  Object.defineProperty(Document.prototype, "hidden", {get: () => isHidden});
  window.show = (is) => { isHidden = !is; document.dispatchEvent(new Event("visibilitychange", {bubbles: true})); };
"""
"""A tab in the background, as its page sees it: a browser without a window has no such tabs."""


def test_a_page_that_comes_back_from_the_browsers_cache_is_another_view(
    page: Page, website: Website, tag: Tag, queue: Queue
) -> None:
    website.add(
        "/first",
        '<script>onpageshow = (event) => { window.isBack = event.persisted }</script><a href="/second">second</a>',
        tag(),
    )
    website.add("/second", "", tag())
    page.goto(website.at("/first"))
    queue.wait_for(page, "page_view")
    page.click("a")
    queue.wait_for(page, *["page_view"] * 2)
    page.go_back(wait_until="commit")
    assert page.evaluate("isBack"), "this browser has no such cache"
    events = queue.settle(page, *["page_view"] * 3)
    assert [event["path"] for event in events] == ["/first", "/second", "/first"]


def test_a_tab_in_the_background_is_a_view_when_it_is_seen(
    page: Page, website: Website, tag: Tag, queue: Queue
) -> None:
    page.add_init_script(HIDE)
    website.add("/", "<button data-event=buy>buy</button>", tag())
    page.goto(website.at("/"))
    page.evaluate("history.pushState({}, '', '/inner')")
    page.click("button")
    page.evaluate("show(true)")
    events = queue.settle(page, "page_view", "buy")
    assert [event["path"] for event in events] == ["/inner", "/inner"]


def test_a_tab_that_is_closed_unseen_is_no_view(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    page.add_init_script(f"if (location.pathname === '/unseen') {{ {HIDE} }}")
    website.add("/unseen", "", tag())
    website.add("/seen", "", tag())
    page.goto(website.at("/unseen"))
    page.evaluate("history.pushState({}, '', '/inner')")
    page.goto(website.at("/seen"))
    [event] = queue.settle(page, "page_view")
    assert event["path"] == "/seen"
