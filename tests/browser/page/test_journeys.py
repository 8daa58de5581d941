"""Journeys on the page: the API's figures, whatever is grouped and left out, and filters that a click makes."""

from urllib.parse import parse_qs, quote, urlparse

import pytest
from playwright.sync_api import Page, expect

from tests.browser.page.dialogs import at, dump, open_detail, read, write
from tests.browser.page.stand import Stand

SITE = "walks"
WALKS = [
    ["/", "/docs/a", "/docs/b", "signup"],
    ["/", "/docs/b"],
    ["/", "/blog/1", "/pricing"],
    ["/docs/*"],
]


@pytest.fixture(scope="module")
def walks(stand: Stand) -> Stand:
    """A site whose visits lead from page to page, and one to a signup."""
    stand.store(
        SITE,
        [
            {
                "timestamp": f"2025-06-02T1{visitor}:{minute:02}:00.000000Z",
                "user_id": f"u{visitor}",
                **({"path": place} if place.startswith("/") else {"event_type": place, "path": "/join"}),
            }
            for visitor, walk in enumerate(WALKS)
            for minute, place in enumerate(walk)
        ],
    )
    return stand


def list_ways(page: Page) -> list[str]:
    return [" ".join(way.split()) for way in page.locator("dialog tbody .way").all_inner_texts()]


def read_filters(page: Page) -> list[str]:
    return parse_qs(urlparse(page.url).query).get("filters", [])


def test_journeys_show_the_apis_figures_and_each_place_filters(page: Page, walks: Stand) -> None:
    start = dump(at("/"))
    open_detail(page, walks, SITE, "journeys", f"&tab.start={quote(start)}&tab.depth=3")
    said = walks.ask("journeys", SITE, start=start, depth="3")["data"]
    assert read(page, "share") == [write(way["share"]) for way in said["journeys"]]
    assert page.locator("p[data-visits]").get_attribute("data-visits") == str(said["visits"])
    expect(page.locator("dialog tbody")).to_contain_text("no further action")

    page.locator("dialog tbody").get_by_role("button", name="/blog/1").click()
    page.wait_for_url(lambda url: "filters=" in url and "detail" not in url)
    assert read_filters(page) == [dump([{"dimension": "path", "operator": "is", "value": ["/blog/1"]}])]


def test_pages_that_begin_alike_are_one_place_which_filters_for_all_of_them(page: Page, walks: Stand) -> None:
    open_detail(page, walks, SITE, "journeys")
    group = page.get_by_label("Group pages that begin with")
    for text in ("/docs/", "/blog/*"):
        group.fill(text)
        group.press("Enter")
    prefixes = dump(["/docs/", "/blog/"])
    said = walks.ask("journeys", SITE, prefixes=prefixes)["data"]
    # as many as before they were grouped
    expect(page.locator("dialog .ways:not(.stale) tbody tr")).to_have_count(len(said["journeys"]))
    assert read(page, "visits") == [str(way["visits"]) for way in said["journeys"]]
    assert read(page, "share") == [write(way["share"]) for way in said["journeys"]]
    assert "/docs/b" not in page.locator("dialog tbody").inner_text()

    page.locator("dialog tbody").get_by_role("button", name="/docs/*").first.click()
    page.wait_for_url(lambda url: "filters=" in url and "detail" not in url)
    filters = dump([{"dimension": "path", "operator": "matches", "value": ["/docs/*"]}])
    assert read_filters(page) == [filters]
    said = walks.ask("summary", SITE, metrics="visitors", filters=filters)["data"]["visitors"]
    assert said == 3
    expect(page.locator("[data-metric=visitors] strong")).to_have_text(str(said))

    page.go_back()
    expect(page.locator("dialog .chips")).to_contain_text("/docs/*")
    expect(page.locator("dialog tbody")).to_contain_text("/blog/*")


def test_a_group_that_is_taken_away_leaves_its_pages_and_the_address(page: Page, walks: Stand) -> None:
    open_detail(page, walks, SITE, "journeys", f"&tab.prefixes={quote(dump(['/docs/']))}")
    assert any("/docs/*" in way for way in list_ways(page))
    page.get_by_role("button", name="Ungroup /docs/*").click()
    expect(page.locator("dialog tbody")).to_contain_text("/docs/a")
    assert "prefixes" not in page.url


def test_a_page_whose_path_ends_with_a_star_is_no_group(page: Page, walks: Stand) -> None:
    open_detail(page, walks, SITE, "journeys")
    page.locator("dialog tbody").get_by_role("button", name="/docs/*").click()
    page.wait_for_url("**filters=**")
    assert read_filters(page) == [dump([{"dimension": "path", "operator": "is", "value": ["/docs/*"]}])]


def test_ways_of_pages_alone_are_the_apis_and_in_the_address(page: Page, walks: Stand) -> None:
    open_detail(page, walks, SITE, "journeys")
    expect(page.locator("dialog tbody")).to_contain_text("signup")
    page.get_by_label("Of what").select_option("pages")
    expect(page.locator("dialog tbody")).not_to_contain_text("signup")
    said = walks.ask("journeys", SITE, nodes="pages")["data"]
    assert read(page, "share") == [write(way["share"]) for way in said["journeys"]]

    page.reload()
    expect(page.get_by_label("Of what")).to_have_value("pages")
    expect(page.locator("dialog tbody tr")).to_have_count(len(said["journeys"]))
    expect(page.locator("dialog tbody")).not_to_contain_text("signup")


def test_a_start_that_is_no_page_and_no_event_is_told_and_kept(page: Page, walks: Stand) -> None:
    start = dump([{"dimension": "path", "operator": "is", "value": ["/blog/1", "/docs/a"]}])
    open_detail(page, walks, SITE, "journeys", f"&tab.start={quote(start)}")
    expect(page.locator("dialog .given")).to_contain_text("Page is /blog/1 or /docs/a")
    page.get_by_role("button", name="Show").click()
    assert parse_qs(urlparse(page.url).query)["tab.start"] == [start]
    assert page.locator("p[data-visits]").get_attribute("data-visits") == "2"
