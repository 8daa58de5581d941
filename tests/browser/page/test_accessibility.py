"""What a screen reader, a keyboard or weak eyes would trip over, in every state of the page."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand, make_events


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    """The colours that the reader's system prefers."""
    chosen: Literal["light", "dark"] = request.param
    return chosen


@pytest.fixture
def watched(browser: Browser, scheme: Literal["light", "dark"]) -> Iterator[Page]:
    """A page into which the checker may be put, which the page's own rules forbid."""
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.set_viewport_size({"width": 1200, "height": 2400})
    yield page
    context.close()


def find_findings(page: Page) -> list[str]:
    """What axe-core finds, each with its first element."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]


def test_nothing_is_found_in_a_sites_figures(watched: Page, stand: Stand) -> None:
    watched.goto(stand.at(SITE) + "&compare=previous")
    watched.wait_for_selector("[data-panel=filtered] .none")
    watched.wait_for_selector("[data-panel=devices] .rows")
    assert find_findings(watched) == []

    watched.get_by_role("button", name="Table").click()
    assert find_findings(watched) == []


@pytest.mark.parametrize("key", ["f", "c", "?"])
def test_nothing_is_found_in_what_a_key_opens(watched: Page, stand: Stand, key: str) -> None:
    watched.goto(stand.at(SITE))
    watched.wait_for_selector("[data-panel=devices] .rows")
    watched.keyboard.press(key)
    expect(watched.locator("dialog, details[open]").first).to_be_visible()

    assert find_findings(watched) == []


@pytest.mark.parametrize("query", ["detail=path", "view=keys", "view=settings", "view=links", "view=users"])
def test_nothing_is_found_in_what_an_address_opens(watched: Page, stand: Stand, query: str) -> None:
    watched.goto(stand.at(SITE) + f"&{query}")
    watched.wait_for_selector("dialog tbody tr, .manage .title")

    assert find_findings(watched) == []


def test_nothing_is_found_where_there_are_no_figures(watched: Page, stand: Stand) -> None:
    watched.goto(stand.at("nothing-yet"))
    watched.wait_for_selector(".code pre")
    assert find_findings(watched) == []

    stand.store("another", make_events())
    watched.goto(stand.stats.url)
    watched.wait_for_selector(".cards svg.spark")
    assert find_findings(watched) == []


def test_the_keyboard_reads_the_graph_point_by_point(watched: Page, stand: Stand) -> None:
    watched.goto(stand.at(SITE, "from=2025-06-02&to=2025-06-03&interval=day"))
    watched.locator(".plot svg").wait_for()
    watched.locator(".plot").focus()
    watched.keyboard.press("ArrowLeft")
    said = stand.ask("timeseries", SITE, metrics="visitors", interval="day")["data"]

    expect(watched.locator(".plot [role=status]")).to_contain_text(f"3 Jun 2025: {said[1]['visitors']}")
    watched.keyboard.press("ArrowLeft")
    expect(watched.locator(".plot [role=status]")).to_contain_text(f"2 Jun 2025: {said[0]['visitors']}")
