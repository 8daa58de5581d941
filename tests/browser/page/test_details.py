"""The details of a panel: what the address says of them, and whether they fit a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand


def test_the_order_and_the_search_of_details_are_in_the_address(page: Page, stand: Stand) -> None:
    page.goto(stand.at(SITE) + "&detail=path")
    page.locator("dialog").get_by_role("button", name="Page views").click()
    page.locator("dialog").get_by_role("button", name="Page views").click()
    page.get_by_role("searchbox").fill("blog")
    page.wait_for_url("**detail=path&sort=page_views%3Aasc&search=blog**")
    page.reload()

    expect(page.locator("dialog th[aria-sort=ascending]")).to_contain_text("Page views")
    expect(page.get_by_role("searchbox")).to_have_value("blog")
    expect(page.locator("dialog tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Close").click()
    page.wait_for_url(lambda url: "detail" not in url and "sort" not in url and "search" not in url)


@pytest.mark.parametrize("dimension", ["path", "entry"])
def test_a_phone_shows_figures_beside_the_longest_value(page: Page, stand: Stand, dimension: str) -> None:
    stand.store(f"phone-{dimension}", [{"timestamp": "2025-06-02T10:00:00.000000Z", "path": "/" + "long" * 100}])
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(stand.at(f"phone-{dimension}") + f"&detail={dimension}")
    cell: Any = page.locator("dialog tbody td").nth(1).bounding_box()

    assert cell["x"] + cell["width"] <= 360


def test_details_of_pages_show_how_long_and_how_far_they_were_read(page: Page, stand: Stand) -> None:
    view = {"timestamp": "2025-06-02T10:00:00.000000Z", "path": "/read", "user_id": "ann"}
    stand.store("read", [view])
    report = {"event_type": "engagement", "engaged_ms": 30_000, "scroll_depth": 75}
    stand.store("read", [{**view, "timestamp": "2025-06-02T10:01:00.000000Z", **report}])
    page.goto(stand.at("read") + "&detail=path")
    expect(page.locator("dialog tbody td")).to_have_text(["1", "1", "30s", "75.0%"])
    page.keyboard.press("Escape")

    expect(page.locator("[data-metric=engaged_time] strong")).to_have_text("30s")
    expect(page.locator("[data-metric=scroll_depth] strong")).to_have_text("75.0%")


def test_totals_that_no_page_reports_are_not_shown(shop: Page) -> None:
    expect(shop.locator("[data-metric]")).to_have_count(6)
