"""Who is not counted, what a site may ask for, and pages that allow little."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PERSON
from tests.browser.tracker.conftest import Tag
from tests.browser.tracker.queue import Queue
from tests.browser.tracker.website import Answer, Website
from tests.pressure.parts import RunningPart

ALL = "script.all.js"


def test_whoever_opts_out_is_not_counted_until_he_opts_in(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/", "", tag())
    website.add("/other", "", tag())
    page.goto(website.at("/#analytics-off"))
    page.goto(website.at("/other"))
    page.evaluate("analytics('buy')")
    page.evaluate("location.hash = 'analytics-on'")
    page.wait_for_function("localStorage.analytics === 'on'")
    page.goto(website.at("/"))
    [event] = queue.settle(page, "page_view")
    assert event["path"] == "/"


@pytest.mark.parametrize("signal", ["DNT", "Sec-GPC"])
def test_whoever_asks_not_to_be_tracked_counts_without_a_visitor(
    page: Page, website: Website, tag: Tag, queue: Queue, signal: str
) -> None:
    page.context.set_extra_http_headers({signal: "1"})
    website.add("/", "", tag())
    page.goto(website.at("/"))
    [event] = queue.wait_for(page, "page_view")
    assert "visitor_id" not in event


@pytest.mark.parametrize("signal", ["globalPrivacyControl: {value: true}", "doNotTrack: {value: '1'}"])
def test_a_site_may_send_nothing_of_whoever_asks_not_to_be_tracked(
    page: Page, website: Website, tag: Tag, queue: Queue, signal: str
) -> None:
    page.add_init_script(f"if (location.pathname === '/asks') Object.defineProperties(navigator, {{{signal}}})")
    website.add("/asks", "", tag("data-dnt", name=ALL))
    website.add("/", "", tag("data-dnt", name=ALL))
    page.goto(website.at("/asks"))
    page.evaluate("analytics('buy')")
    page.goto(website.at("/"))
    [event] = queue.settle(page, "page_view")
    assert event["path"] == "/"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "app.localhost"])
def test_ones_own_machine_is_not_counted_unless_that_is_asked_for(
    page: Page, website: Website, tag: Tag, queue: Queue, host: str
) -> None:
    website.add("/", "", tag())
    website.add("/asked", "", tag("data-local"))
    page.goto(website.at("/", host))
    page.evaluate("analytics('buy')")
    page.goto(website.at("/asked", host))
    [event] = queue.settle(page, "page_view")
    assert event["path"] == "/asked"


def test_hash_routes_are_pages_where_that_is_asked_for(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/app", "", tag("data-hash", name=ALL))
    page.goto(website.at("/app?utm_source=news#/start"))
    queue.wait_for(page, "page_view")
    page.evaluate("location.hash = '#/users?id=1'")
    queue.wait_for(page, "page_view", "page_view")
    page.evaluate("location.hash = '#!/users'")
    events = queue.settle(page, "page_view", "page_view")
    assert [event["path"] for event in events] == ["/app/start", "/app/users"]
    assert events[0]["utm_source"] == "news"


def test_a_site_may_count_its_views_itself(page: Page, website: Website, tag: Tag, queue: Queue) -> None:
    website.add("/", "", tag("data-manual", name=ALL))
    page.goto(website.at("/"))
    page.wait_for_function("window.analytics && analytics.on")
    page.evaluate("history.pushState({}, '', '/inner')")
    page.evaluate("analytics('page_view', {title: 'Mine'})")
    [event] = queue.settle(page, "page_view")
    assert (event["path"], event["title"]) == ("/inner", "Mine")


def test_the_endpoint_may_be_elsewhere(page: Page, website: Website, queue: Queue, ingest: RunningPart) -> None:
    content = page.context.request.get(f"{ingest.url}/script.js").text()
    website.pages["/own.js"] = Answer(content, headers={"Content-Type": "text/javascript"})
    website.add("/", "", f'<script defer src="/own.js" data-site="blog" data-endpoint="{ingest.url}/event"></script>')
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")


@pytest.mark.parametrize("name", ["script.js", ALL])
def test_a_page_with_a_strict_policy_needs_no_exception(
    page: Page, website: Website, tag: Tag, queue: Queue, ingest: RunningPart, name: str
) -> None:
    """Scripts by their nonce alone, no text may become code or markup, and requests go to ingest alone."""
    policy = (
        f"default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src {ingest.url}/event;"
        " require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'"
    )
    options = ('nonce="abc"', "data-outbound", "data-downloads", "data-forms", "data-store")
    website.add("/", "<button data-event=buy>buy</button>", tag(*options, name=name), Content_Security_Policy=policy)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(website.at("/"))
    queue.wait_for(page, "page_view")
    page.click("button")
    page.evaluate("history.pushState({}, '', '/next')")
    queue.wait_for(page, "page_view", "buy", "page_view")
    assert [text for text in problems if "favicon" not in text] == []


def test_a_browser_that_calls_itself_automated_is_sent_and_set_aside_as_a_bot(
    browser: Browser, website: Website, tag: Tag, queue: Queue
) -> None:
    context = browser.new_context(user_agent=PERSON.replace("Chrome/", "HeadlessChrome/"))
    page = context.new_page()
    website.add("/", "", tag())
    page.goto(website.at("/"))
    assert page.evaluate("navigator.webdriver")
    [event] = queue.wait_for(page, "page_view")
    context.close()
    assert event["filtered"] == "bot"


def test_a_driven_browser_that_looks_like_a_persons_counts(
    page: Page, website: Website, tag: Tag, queue: Queue
) -> None:
    website.add("/", "", tag())
    page.goto(website.at("/"))
    assert page.evaluate("navigator.webdriver")
    [event] = queue.wait_for(page, "page_view")
    assert "filtered" not in event


@pytest.mark.parametrize("kind", ["text/javascript", "module"])
def test_a_script_that_a_framework_inserts_finds_its_options(
    page: Page, website: Website, queue: Queue, ingest: RunningPart, kind: str
) -> None:
    insert = f"""<script>
      const script = document.createElement("script");
      Object.assign(script, {{src: "{ingest.url}/script.js", type: "{kind}"}});
      script.setAttribute("data-site", "shop");
      document.head.append(script);
    </script>"""
    website.add("/", insert)
    page.goto(website.at("/"))
    assert queue.wait_for(page, "page_view")[0]["site_id"] == "shop"
