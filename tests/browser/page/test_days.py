"""Whose days the page shows: the site's, wherever its reader is; and what a visitor is over several of them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.sites.sites import set_time_zone
from tests.browser.conftest import PERSON
from tests.browser.page.stand import Stand
from tests.pressure.parts import Parts


@pytest.fixture
def abroad(browser: Browser) -> Iterator[Page]:
    """A page of a reader far from the site's own zone."""
    context = browser.new_context(user_agent=PERSON, locale="en-GB", timezone_id="America/Los_Angeles")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def happen(*times: str) -> list[dict[str, str]]:
    return [{"timestamp": f"{time}:00.000000Z", "path": "/"} for time in times]


def read_table(page: Page) -> list[tuple[str, str]]:
    """The table behind the graph: time and figure."""
    page.get_by_role("button", name="Table").click()
    rows = page.locator(".graph tbody tr")
    expect(rows.first).to_be_visible()
    return [(row.locator("th").inner_text(), row.locator("td").first.inner_text()) for row in rows.all()]


def test_days_and_their_labels_are_those_of_the_sites_zone(abroad: Page, parts: Parts, stand: Stand) -> None:
    # 05:00 and 23:59 of 2 June in Tokyo, 00:00 of 3 June, and one that is of 4 June there and of 3 June in UTC
    stand.store("tokyo", happen("2025-06-01T20:00", "2025-06-02T14:59", "2025-06-02T15:00", "2025-06-03T15:00"))
    set_time_zone(parts.settings, "tokyo", "Asia/Tokyo")
    abroad.goto(stand.at("tokyo") + "&interval=day")
    expect(abroad.locator("[data-metric=page_views] strong")).to_have_text("3")
    expect(abroad.locator(".plot svg .axis").last).to_be_visible()
    labels = abroad.locator(".plot svg .axis").all_text_contents()
    assert [label.strip() for label in labels][-2:] == ["2 Jun", "3 Jun"]
    expect(abroad.locator(".notes")).to_contain_text("Days are those of Asia/Tokyo")

    assert read_table(abroad) == [("Mon, 2 Jun 2025", "2"), ("Tue, 3 Jun 2025", "1")]
    abroad.goto(stand.at("tokyo") + "&interval=hour")
    by_hour = [row for row in read_table(abroad) if row[1] != "0"]
    assert [time for time, _ in by_hour] == ["Mon 2 Jun, 5:00", "Mon 2 Jun, 23:00", "Tue 3 Jun, 0:00"]


def test_a_click_on_a_day_of_the_graph_opens_that_day_of_the_sites_zone(
    abroad: Page, parts: Parts, stand: Stand
) -> None:
    stand.store("auckland", happen("2025-06-01T13:00", "2025-06-02T13:00"))  # 01:00 of 2 and 3 June there
    set_time_zone(parts.settings, "auckland", "Pacific/Auckland")
    abroad.goto(stand.at("auckland") + "&interval=day")
    expect(abroad.locator("[data-metric=page_views] strong")).to_have_text("2")
    abroad.locator(".plot svg").wait_for()  # what is in its place before does not hear a click
    box = abroad.locator(".plot").bounding_box()
    assert box
    abroad.locator(".plot").click(position={"x": box["width"] - 20, "y": 100})

    abroad.wait_for_url("**from=2025-06-03&to=2025-06-03**")
    expect(abroad.locator("[data-metric=page_views] strong")).to_have_text("1")


def test_a_day_on_which_the_clock_is_set_back_has_25_hours(abroad: Page, parts: Parts, stand: Stand) -> None:
    stand.store("berlin", happen("2025-10-25T22:00", "2025-10-26T00:30", "2025-10-26T01:30", "2025-10-26T22:59"))
    set_time_zone(parts.settings, "berlin", "Europe/Berlin")
    abroad.goto(stand.at("berlin", "from=2025-10-26&to=2025-10-26"))
    expect(abroad.locator("[data-metric=page_views] strong")).to_have_text("4")
    rows = read_table(abroad)

    assert len(rows) == 25
    assert [time for time, count in rows if count != "0"] == [
        "Sun 26 Oct, 0:00",
        "Sun 26 Oct, 2:00",
        "Sun 26 Oct, 2:00",
        "Sun 26 Oct, 23:00",
    ]


def test_the_page_says_why_visitors_of_several_days_are_what_they_are(page: Page, stand: Stand) -> None:
    views = [
        {"timestamp": f"2025-06-0{day}T10:00:00.000000Z", "path": "/", "user_id": None, "visitor_id": letter * 16}
        for day, letter in ((2, "a"), (3, "b"))
    ]
    stand.store("derived", views)
    note = stand.ask("summary", "derived", metrics="visitors")["meta"]["visitors_note"]
    page.goto(stand.at("derived"))
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("2")
    expect(page.locator(".notes")).to_contain_text(f"Visitors: {note}")
    assert "each day counts them anew" in note

    page.goto(stand.at("derived", "from=2025-06-02&to=2025-06-02"))
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("1")
    expect(page.locator(".notes")).to_be_visible()
    expect(page.locator(".notes")).not_to_contain_text("Visitors:")


def test_the_page_says_nothing_of_it_where_users_are_known(page: Page, stand: Stand) -> None:
    stand.store("known", happen("2025-06-02T10:00", "2025-06-03T10:00"))
    page.goto(stand.at("known"))
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("2")

    expect(page.locator(".notes")).to_be_visible()
    expect(page.locator(".notes")).not_to_contain_text("Visitors:")
