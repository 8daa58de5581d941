"""Parts of the page that can't be loaded: they say so, and are tried again by themselves."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand

SOURCES = "**/v1/stats/breakdown?*dimension=source&*"
SUMMARY = "/v1/stats/summary"
Break = Callable[[Route], None]


def refuse(route: Route) -> None:
    route.fulfill(status=503, content_type="application/problem+json", body='{"detail":"The database is away."}')


def break_off(route: Route) -> None:
    route.fulfill(status=200, content_type="application/json", body='{"data": [')


def open_site(page: Page, stand: Stand, more: str = "from=2025-06-02&to=2025-06-03") -> None:
    page.set_viewport_size({"width": 1200, "height": 3000})
    page.goto(stand.at(SITE, more))
    page.locator("[data-metric=visitors] strong").wait_for()


def test_a_part_that_can_not_be_loaded_says_so_and_comes_by_itself(page: Page, stand: Stand) -> None:
    page.route("**/views/help.js*", lambda route: route.abort())
    open_site(page, stand)
    page.keyboard.press("?")
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded. Trying again")

    page.unroute("**/views/help.js*")

    expect(page.get_by_role("dialog")).to_contain_text("This list")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_part_comes_though_the_address_has_changed_meanwhile(page: Page, stand: Stand) -> None:
    page.route("**/views/goals.js*", lambda route: route.abort())
    open_site(page, stand)
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**from=2025-05-31&to=2025-06-01**")

    page.unroute("**/views/goals.js*")

    expect(page.locator("[data-panel=goals]")).to_contain_text("No goals yet")


def test_a_part_of_an_earlier_release_is_not_tried_again_but_the_page_is_offered(page: Page, stand: Stand) -> None:
    asked: list[str] = []

    def miss(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=404)

    open_site(page, stand)
    page.route("**/views/help.js*", miss)
    page.route(stand.stats.url + "/", lambda route: route.fulfill(body='<script src="/assets/newer/main.js">'))
    page.keyboard.press("?")
    expect(page.get_by_role("alert")).to_contain_text("an earlier release")
    page.unroute_all()
    page.get_by_role("button", name="Load the page again").click()
    page.locator("[data-metric=visitors] strong").wait_for()
    page.keyboard.press("?")

    expect(page.get_by_role("dialog")).to_contain_text("This list")
    assert len(asked) == 1


def test_the_map_says_that_it_is_missing_and_comes_by_itself(page: Page, stand: Stand) -> None:
    page.route("**/world.js*", lambda route: route.abort())
    open_site(page, stand)
    expect(page.locator("[data-panel=places] .refused")).to_contain_text("The map could not be loaded")
    expect(page.locator("[data-panel=places] .rows")).to_be_visible()

    page.unroute("**/world.js*")

    expect(page.locator("[data-panel=places] .land").first).to_be_attached()


@pytest.mark.parametrize("fail", [refuse, break_off])
def test_a_panel_that_has_no_answer_says_so_and_is_asked_again(page: Page, stand: Stand, fail: Break) -> None:
    page.route(SOURCES, fail)
    open_site(page, stand)
    panel = page.locator("[data-panel=sources]")
    expect(panel.locator(".refused")).to_contain_text("could not be loaded. Trying again")
    expect(page.locator("[data-panel=pages] .rows")).to_be_visible()

    page.unroute(SOURCES)

    expect(panel.locator(".rows tbody tr")).to_have_count(3)
    expect(panel.locator(".refused")).to_have_count(0)


def test_rows_of_the_range_before_are_marked_as_old_while_those_of_the_new_one_fail(page: Page, stand: Stand) -> None:
    open_site(page, stand)
    panel = page.locator("[data-panel=sources]")
    expect(panel.locator(".rows:not(.stale) tbody tr")).to_have_count(3)
    page.route(SOURCES, refuse)
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**from=2025-05-31&to=2025-06-01**")
    expect(panel.locator(".refused")).to_contain_text("could not be loaded")
    expect(panel.locator(".rows.stale tbody tr")).to_have_count(3)

    page.unroute(SOURCES)

    expect(panel.locator(".none")).to_have_text("Nothing in this period.")
    expect(panel.locator(".refused")).to_have_count(0)


def test_totals_that_are_refused_say_why(page: Page, stand: Stand) -> None:
    page.route(
        f"**{SUMMARY}?**",
        lambda route: route.fulfill(
            status=504, content_type="application/problem+json", body='{"detail":"It took too long."}'
        ),
    )
    page.goto(stand.at(SITE))

    expect(page.locator(".hero .refused").first).to_have_text("It took too long.")


def test_the_totals_are_asked_once_for_all_that_show_something_of_them(page: Page, stand: Stand) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if SUMMARY in request.url else None)
    open_site(page, stand)
    expect(page.get_by_role("button", name="Earlier")).to_be_enabled()
    expect(page.locator("[data-panel=devices] .rows")).to_be_visible()
    assert len(asked) == 1

    page.keyboard.press("ArrowLeft")

    expect(page.locator("[data-metric=visitors] strong")).to_have_text("0")
    expect(page.locator("[data-panel=devices] .none")).to_be_visible()
    assert [url for url in asked if "from=2025-05-31" in url] == asked[1:]
    assert len(asked) == 2
