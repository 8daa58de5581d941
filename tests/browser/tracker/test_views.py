"""Page views in a real browser: one for each page that somebody sees, and none else."""

from playwright.sync_api import Page

from tests.browser.tracker.conftest import Tag
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Website

OWN_PAGE = """<a href="#part">part</a><script>
  const go = (path) => { history.pushState({}, "", path); document.title = "Page " + path; };
</script>"""


def paths(events: list[dict[str, object]]) -> list[object]:
    return [event["path"] for event in events]


def test_a_page_that_is_loaded_is_a_view(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/from", f'<a href="{website.at("/home?utm_source=news&secret=1#part")}">home</a>')
    website.add("/home", "hello", tag())
    page.goto(website.at("/from", "search.test"))
    page.click("a")
    [event] = queue.wait_for(page, "page_view")
    size = page.evaluate("screen.width + 'x' + screen.height")
    assert (event["path"], event["hostname"], event["title"], event["screen"], event["language"]) == (
        "/home", "blog.test", "Page /home", size, "en-gb",
    )  # fmt: skip
    assert (event["referrer"], event["utm_source"], event["browser"]) == ("search.test", "news", "Chrome")
    assert event["visitor_id"]
    assert "filtered" not in event


def test_every_page_of_a_site_is_a_view_and_one_visitor(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    for path in ("/", "/a", "/b"):
        website.add(path, '<a href="/a">a</a><a href="/b">b</a>', tag())
    page.goto(website.at("/"))
    page.click("text=a")
    page.wait_for_url("**/a")
    page.click("text=b")
    events = queue.wait_for(page, *["page_view"] * 3)
    assert sorted(paths(events)) == ["/", "/a", "/b"]
    assert len({event["visitor_id"] for event in events}) == 1
    assert len({event["event_id"] for event in events}) == 3


def test_each_change_of_the_path_within_a_page_is_a_view(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/app", OWN_PAGE, tag())
    page.goto(website.at("/app"))
    queue.wait_for(page, "page_view")
    page.evaluate("go('/app/users')")
    queue.wait_for(page, *["page_view"] * 2)
    page.go_back()
    events = queue.wait_for(page, *["page_view"] * 3)
    assert paths(events) == ["/app", "/app/users", "/app"]
    assert events[1]["title"] == "Page /app/users"
    assert events[1]["referrer"] == "blog.test/app"
    assert events[1]["channel"] == "internal"


def test_without_the_navigation_api_each_change_of_the_path_is_a_view_too(
    page: Page, website: Website, tag: Tag, queue: Queue
) -> None:
    page.add_init_script("delete window.navigation")
    website.add("/app", OWN_PAGE, tag())
    page.goto(website.at("/app"))
    assert not page.evaluate("'navigation' in window")
    queue.wait_for(page, "page_view")
    page.evaluate("go('/app/users')")
    queue.wait_for(page, *["page_view"] * 2)
    page.go_back()
    assert paths(queue.wait_for(page, *["page_view"] * 3)) == ["/app", "/app/users", "/app"]
    page.evaluate("history.replaceState({}, '', '/app/other')")
    queue.wait_for(page, *["page_view"] * 4)


def test_another_query_or_fragment_is_no_view(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/app", OWN_PAGE, tag())
    page.goto(website.at("/app"))
    queue.wait_for(page, "page_view")
    page.click("a")
    page.evaluate("history.pushState({}, '', '?sort=up')")
    page.evaluate("history.replaceState({}, '', '?sort=down')")
    page.evaluate("go('/app/end')")
    assert paths(queue.wait_for(page, "page_view", "page_view")) == ["/app", "/app/end"]


def test_a_page_that_sends_on_at_once_is_no_view(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/app", OWN_PAGE, tag())
    page.goto(website.at("/app"))
    queue.wait_for(page, "page_view")
    page.evaluate("go('/login'); go('/app/start')")
    assert paths(queue.wait_for(page, "page_view", "page_view")) == ["/app", "/app/start"]


def test_a_second_copy_of_the_script_is_harmless(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/app", OWN_PAGE + '<button data-event="buy">buy</button>', tag() + tag() + tag(name="script.all.js"))
    page.goto(website.at("/app"))
    page.evaluate("go('/app/users')")
    queue.wait_for(page, "page_view", "page_view")
    page.click("button")
    queue.settle(page, "page_view", "page_view", "buy")
