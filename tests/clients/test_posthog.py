"""PostHog's own clients: posthog-js of five generations and -lite in a browser, posthog-node, and Python's posthog."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.tracker.website import Answer, Website
from tests.browser.waiting import wait_until
from tests.clients.dialogue import talk_to
from tests.clients.stand import INSTALLED, Stand, read_snippet

TOKEN = "phc_a1B2c3"
ROUNDS = 60
MODULES = {
    "1.57": "posthog-js-1057/dist/module.js",
    "1.105": "posthog-js-1105/dist/module.js",
    "1.200": "posthog-js-1200/dist/module.full.no-external.js",
    "1.300": "posthog-js-1300/dist/module.full.no-external.js",
    "1.449": "posthog-js/dist/module.full.no-external.js",
}
PAGE = """<script type="module">
    import posthog from "/posthog.js";
    posthog.init("TOKEN", {
      api_host: "INGEST", opt_out_useragent_filter: true, opt_out_capturing_by_default: false,
    });
    window.posthog = posthog;
</script>"""


@pytest.fixture
def known(stand: Stand) -> Stand:
    """The chain, which knows PostHog's token of the site."""
    stand.know_as("posthog", TOKEN)
    return stand


@pytest.mark.parametrize(
    ("driver", "mode", "people"),
    [
        ("posthog_node.cjs", "", 2),
        ("posthog_python.py", "v0", 2),
        ("posthog_python.py", "v1", 2),
        ("posthog_lite.cjs", "", 1),
    ],
)
def test_every_call_of_a_servers_client_counts_once_over_a_kill(
    driver: str, mode: str, people: int, known: Stand
) -> None:
    with talk_to(driver, known.url, TOKEN=TOKEN, MODE=mode) as client:
        assert client.ask("flags") == {}
        client.ask("send", str(ROUNDS))
        known.kill()
        client.ask("send", str(ROUNDS))
        known.restart()
        client.ask("send", str(ROUNDS))
        assert client.ask("end") == []
    expected = dict.fromkeys(("page_view", "signup", "paid"), 3 * ROUNDS)
    assert known.settles(expected) == expected
    assert known.ask(metrics="visitors,revenue") == {"visitors": people, "revenue": {"EUR": f"{4.5 * ROUNDS}"}}
    assert known.count_by("props.plan") == {"pro": 3 * ROUNDS}
    assert list(known.count_by("props.group.company")) == ["acme"]
    assert known.count_by("path", "page_views") == {f"/page-{one}": ROUNDS for one in range(3)}


@pytest.fixture(params=MODULES)
def place(request: pytest.FixtureRequest, website: Website, known: Stand) -> Website:
    """A site with one of the generations."""
    module = Path(INSTALLED, MODULES[request.param]).read_text()
    if "exports.default=" in module:  # a bundler's format
        module = f"const exports = {{}};\n{module}\nexport default exports.default;"
    website.pages["/posthog.js"] = Answer(module, headers={"Content-Type": "text/javascript"})
    body = '<a id=out href="https://other.example/x?token=1" onclick="event.preventDefault()">out</a>'
    for path in ("/first", "/second"):
        website.add(path, body, PAGE.replace("TOKEN", TOKEN).replace("INGEST", known.url))
    return website


def test_every_generation_of_the_script_counts_once_over_a_kill(known: Stand, place: Website, page: Page) -> None:
    page.goto(place.at("/first?utm_source=news"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the first view is stored")
    page.evaluate("posthog.capture('signup', { plan: 'pro' })")
    page.click("#out")
    page.evaluate("posthog.identify('ann', { name: 'Ann' })")
    page.evaluate("posthog.capture('paid', { revenue: 1.5, currency: 'EUR' })")
    expected = {"page_view": 1, "signup": 1, "outbound_link": 1, "paid": 1}
    wait_until(page, lambda: known.count_types() == expected, str(known.count_types()))
    known.kill()
    with page.expect_event("requestfailed"):
        page.evaluate("for (let count = 0; count < 5; count++) posthog.capture('again', { count })")
    known.restart()
    page.evaluate("posthog.capture('last')")
    expected |= {"again": 5, "last": 1}
    wait_until(page, lambda: known.count_types() == expected, str(known.count_types()))
    page.goto(place.at("/second"))
    expected["page_view"] = 2
    wait_until(page, lambda: known.count_types() == expected, str(known.count_types()))
    assert known.ask(metrics="revenue") == {"revenue": {"EUR": "1.5"}}
    assert known.count_by("props.url") == {"https://other.example/x": 1}
    assert known.count_by("path", "page_views") == {"/first": 1, "/second": 1}


def test_the_line_of_the_page_for_movers_is_enough(known: Stand, website: Website, page: Page) -> None:
    script = Path(INSTALLED, MODULES["1.449"]).read_text()
    website.pages["/posthog.js"] = Answer(script, headers={"Content-Type": "text/javascript"})
    line = read_snippet("posthog", "posthog.init(", known.url)
    website.add("/line", "", f'<script type="module">import posthog from "/posthog.js";\n{line}\n</script>')
    page.add_init_script("Object.defineProperty(navigator, 'webdriver', { get: () => false })")
    page.goto(website.at("/line"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the view is stored")
    assert known.count_by("path", "page_views") == {"/line": 1}
