"""Plausible's own clients, in a browser: its npm package, and the one of the years before."""

from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.tracker.website import Answer, Website
from tests.browser.waiting import wait_until
from tests.clients.stand import INSTALLED, Stand, read_snippet

DOMAIN = "blog.example"
SCRIPT = {"Content-Type": "text/javascript"}
NEW = """<script type="module">
    import { init, track } from "/plausible.js";
    window.answers = [];
    const callback = (answer) => answers.push(answer ?? "ignored");
    init({
      domain: "DOMAIN", endpoint: "INGEST/api/event", outboundLinks: true, fileDownloads: true, formSubmissions: true,
      customProperties: { author: "ann" }, captureOnLocalhost: true,
      transformRequest: (one) => one.n === "Never" ? null : one,
    });
    window.send = (name, options) => track(name, { ...options, callback });
</script>"""
OLD = """<script type="module">
    import Plausible from "/old/index.js";
    const plausible = Plausible({
      domain: "DOMAIN", apiHost: "INGEST", trackLocalhost: true, hashMode: location.search === "?hash",
    });
    window.answers = [];
    window.plausible = plausible;
    plausible.enableAutoPageviews();
    plausible.enableAutoOutboundTracking();
    window.send = (name, options, data) =>
      plausible.trackEvent(name, { ...options, callback: (answer) => answers.push(answer) }, data);
</script>"""


@pytest.fixture
def known(stand: Stand) -> Stand:
    """The chain, which knows Plausible's name of the site."""
    stand.know_as("plausible", DOMAIN)
    return stand


@pytest.fixture
def place(website: Website, known: Stand) -> Website:
    """A site with both packages, and a page for each."""
    new = INSTALLED / "@plausible-analytics" / "tracker" / "plausible.js"
    website.pages["/plausible.js"] = Answer(new.read_text(), headers=SCRIPT)
    old = INSTALLED / "plausible-tracker" / "build" / "module"
    for path in ("index", "lib/tracker", "lib/request"):
        # a bundler would find the files without their extension
        text = Path(old, f"{path}.js").read_text()
        website.pages[f"/old/{path}"] = website.pages[f"/old/{path}.js"] = Answer(text, headers=SCRIPT)
    links = """<a id=out href="https://other.example/x?token=1" onclick="event.preventDefault()">out</a>
        <a id=file href="/manual.pdf" onclick="event.preventDefault()">file</a>
        <form id=form onsubmit="event.preventDefault()"><button id=submit>send</button></form>
        <button class="plausible-event-name=Tagged plausible-event-plan=pro plausible-revenue-amount=3
            plausible-revenue-currency=EUR" id=tagged>tagged</button><div style="height: 4000px">long</div>"""
    for name, script in (("new", NEW), ("old", OLD)):
        website.add(f"/{name}", links, script.replace("DOMAIN", DOMAIN).replace("INGEST", known.url))
        website.add(f"/{name}/second", links, script.replace("DOMAIN", DOMAIN).replace("INGEST", known.url))
    return website


def test_every_call_of_the_npm_package_counts_once(known: Stand, place: Website, page: Page) -> None:
    page.goto(place.at("/new?utm_source=news"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the first view is stored")
    for button in ("#out", "#file", "#submit", "#tagged"):
        page.click(button)
    page.evaluate("send('Signup', { props: { plan: 'pro' } })")
    page.evaluate("send('Purchase', { revenue: { amount: 12.34, currency: 'EUR' } })")
    page.evaluate("send('Shown', { interactive: false, url: location.origin + '/elsewhere' })")
    page.evaluate("send('Never')")
    page.evaluate("scrollTo(0, 9999)")
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    page.evaluate("history.pushState({}, '', '/new/second')")
    page.wait_for_function("answers.length == 4")
    answers = page.evaluate("answers")
    assert (answers.count({"status": 202}), answers.count("ignored")) == (3, 1)
    expected = {
        "page_view": 2, "outbound_link": 1, "file_download": 1, "form_submit": 1, "Tagged": 1, "Signup": 1,
        "Purchase": 1, "Shown": 1,
    }  # fmt: skip
    wait_until(page, lambda: known.count_types() == expected, str(known.count_types()))
    assert known.ask(metrics="visitors,visits,revenue") == {"visitors": 1, "visits": 1, "revenue": {"EUR": "15.34"}}
    assert known.count_by("props.url") == {"https://other.example/x?token=1": 1, place.at("/manual.pdf"): 1}
    assert known.count_by("props.plan") == {"pro": 2}
    assert known.count_by("path", "page_views") == {"/new": 1, "/new/second": 1}
    wait_until(page, lambda: known.count_by("path", "scroll_depth").get("/new") == 100, "the depth of the first view")


def test_the_lines_of_the_page_for_movers_are_enough(known: Stand, place: Website, page: Page) -> None:
    new, old = (read_snippet("plausible", begins, known.url) for begins in ("init(", "Plausible("))
    place.add("/new/line", "", f'<script type="module">import {{ init }} from "/plausible.js"; {new}</script>')
    body = f"const plausible = {old.partition(';')[0]}; plausible.trackPageview();"
    place.add("/old/line", "", f'<script type="module">import Plausible from "/old/index.js"; {body}</script>')
    page.add_init_script("Object.defineProperty(navigator, 'webdriver', { get: () => false })")
    page.goto(place.at("/new/line"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the view of the npm package is stored")
    page.goto(place.at("/old/line"))
    wait_until(page, lambda: known.count_types() == {"page_view": 2}, "the view of the older package is stored")


def is_deeper(known: Stand, before: float) -> bool:
    return (known.count_by("path", "scroll_depth").get("/new") or 0) > before


def test_reports_of_one_view_add_up(known: Stand, place: Website, page: Page) -> None:
    page.goto(place.at("/new"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the view is stored")
    depths = []
    for way in (0.4, 0.7, 1):
        page.evaluate(f"scrollTo(0, {way} * document.documentElement.scrollHeight)")
        page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
        page.evaluate("document.hasFocus = () => false; dispatchEvent(new Event('blur'))")
        wait_until(page, partial(is_deeper, known, depths[-1] if depths else 0), "a deeper report")
        depths.append(known.count_by("path", "scroll_depth")["/new"])
    assert depths == sorted(depths)
    assert depths[-1] == 100, "three reports of one view, not three views"


def test_events_that_nobody_acknowledged_are_the_clients_to_lose(known: Stand, place: Website, page: Page) -> None:
    page.goto(place.at("/new"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the view is stored")
    for _ in range(10):
        page.evaluate("send('Signup')")
    page.wait_for_function("answers.length == 10")
    known.kill()
    for _ in range(5):
        page.evaluate("send('Signup')")
    page.wait_for_function("answers.length == 15")
    known.restart()
    for _ in range(10):
        page.evaluate("send('Signup')")
    page.wait_for_function("answers.length == 25")
    acknowledged = page.evaluate("answers.filter((answer) => answer.status == 202).length")
    assert acknowledged == 20
    wait_until(page, lambda: known.count_types().get("Signup") == acknowledged, "what was acknowledged is stored, once")


def test_every_call_of_the_older_package_counts_once(known: Stand, place: Website, page: Page) -> None:
    page.goto(place.at("/old"))
    wait_until(page, lambda: known.count_types() == {"page_view": 1}, "the first view is stored")
    page.evaluate("send('Signup', { props: { plan: 'pro', seats: 3, trial: true } })")
    page.evaluate("plausible.trackPageview({ url: location.origin + '/virtual' })")
    page.evaluate("history.pushState({}, '', '/old/second')")
    page.evaluate("send('Elsewhere', {}, { url: location.origin + '/else', referrer: 'https://www.google.com/' })")
    page.wait_for_function("answers.length == 2")
    page.click("#out", no_wait_after=True)  # it waits for the answer, and then goes where there is nothing
    expected = {"page_view": 3, "outbound_link": 1, "Signup": 1, "Elsewhere": 1}
    wait_until(page, lambda: known.count_types() == expected, "every event is stored")
    found = {name: known.count_by(f"props.{name}") for name in ("plan", "seats", "trial")}
    assert found == {"plan": {"pro": 1}, "seats": {"3": 1}, "trial": {"true": 1}}


def test_hash_routes_of_the_older_package_are_pages(known: Stand, place: Website, page: Page) -> None:
    page.goto(place.at("/old?hash#/users"))
    page.evaluate("location.hash = '#/users/1'")
    # of a change of the fragment this client sends two views: it listens to popstate and to hashchange
    wait_until(page, lambda: known.count_types() == {"page_view": 3}, "what it sent is stored")
    assert known.count_by("path", "page_views") == {"/old/users": 1, "/old/users/1": 2}
