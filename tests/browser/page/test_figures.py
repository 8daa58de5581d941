"""What the page shows is what the API says."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand

PANELS = [
    ("sources", "Channels", "channel"),
    ("sources", "Sources", "source"),
    ("sources", "Referrers", "referrer"),
    ("pages", "Top", "path"),
    ("pages", "Entry", "entry"),
    ("pages", "Exit", "exit"),
    ("pages", "Hosts", "hostname"),
    ("places", "Countries", "country"),
    ("places", "Regions", "region"),
    ("places", "Cities", "city"),
    ("devices", "Browsers", "browser"),
    ("devices", "Systems", "os"),
    ("devices", "Types", "device"),
    ("devices", "Screens", "screen"),
    ("devices", "Languages", "language"),
]


def read_rows(page: Page, panel: str) -> list[tuple[str, int]]:
    """The panel's values and visitors."""
    rows = page.locator(f"[data-panel={panel}] .rows tbody tr")
    return [
        (
            str(row.locator(".value").get_attribute("title")),
            int(row.locator("td").first.get_attribute("data-value") or -1),
        )
        for row in rows.all()
    ]


@pytest.mark.parametrize(("panel", "tab", "dimension"), PANELS)
def test_a_panels_rows_are_those_of_the_api(shop: Page, stand: Stand, panel: str, tab: str, dimension: str) -> None:
    shop.locator(f"[data-panel={panel}] .tabs button", has_text=tab).first.click()
    expected = [(row[dimension], row["visitors"]) for row in stand.ask("breakdown", SITE, dimension=dimension)["data"]]
    expect(shop.locator(f"[data-panel={panel}] .rows:not(.stale) tbody tr")).to_have_count(len(expected))
    expect(shop.locator(f"[data-panel={panel}] .rows .value").first).to_have_attribute("title", expected[0][0])

    assert read_rows(shop, panel) == expected


def test_the_totals_are_those_of_the_api(shop: Page, stand: Stand) -> None:
    said = stand.ask("summary", SITE, metrics="visitors,visits,page_views")["data"]
    shown = {name: shop.locator(f"[data-metric={name}] strong").get_attribute("title") for name in said}

    assert shown == {name: f"{value:,}" for name, value in said.items()}


def test_the_table_behind_the_graph_has_the_apis_buckets(shop: Page, stand: Stand) -> None:
    shop.get_by_role("button", name="Table").click()
    said = [row["visitors"] for row in stand.ask("timeseries", SITE, metrics="visitors")["data"]]

    assert [int(text) for text in shop.locator(".graph tbody td").all_inner_texts()] == said


def test_a_total_selects_the_graph_and_goes_into_the_address(shop: Page) -> None:
    shop.locator("[data-metric=page_views]").click()
    expect(shop.locator(".graph-bar .quiet").first).to_have_text("Page views")

    assert "metric=page_views" in shop.url


def test_a_row_filters_every_figure_and_the_back_button_takes_the_filter_away(shop: Page, stand: Stand) -> None:
    before = shop.locator("[data-metric=visitors] strong").get_attribute("title")
    shop.locator("[data-panel=devices] .value[title=Firefox]").click()
    filters = json.dumps([{"dimension": "browser", "operator": "is", "value": ["Firefox"]}])
    said = stand.ask("summary", SITE, filters=filters)["data"]["visitors"]
    expect(shop.locator("[data-metric=visitors] strong")).to_have_attribute("title", str(said))
    expect(shop.locator(".chip")).to_contain_text("Browser is Firefox")
    assert str(said) != before

    shop.go_back()
    expect(shop.locator(".chip")).to_have_count(0)
    expect(shop.locator("[data-metric=visitors] strong")).to_have_attribute("title", str(before))


def test_an_address_with_filters_shows_them_when_it_is_opened(page: Page, stand: Stand) -> None:
    filters = [{"dimension": "country", "operator": "is_not", "value": ["DE"]}]
    page.goto(stand.at(SITE) + f"&filters={json.dumps(filters)}")
    said = stand.ask("summary", SITE, filters=json.dumps(filters))["data"]["visitors"]

    expect(page.locator(".chip")).to_contain_text("Country is not Germany")
    expect(page.locator("[data-metric=visitors] strong")).to_have_attribute("title", str(said))


def test_details_search_and_sort_what_the_api_has(shop: Page, stand: Stand) -> None:
    shop.locator("[data-panel=pages]").get_by_role("button", name="Details").click()
    shop.get_by_role("searchbox").fill("Blog")
    rows = shop.locator("dialog table:not(.stale) tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("/blog/one")
    shop.get_by_role("searchbox").fill("")
    shop.locator("dialog").get_by_role("button", name="Page views").click()
    shop.locator("dialog").get_by_role("button", name="Page views").click()
    said = stand.ask("breakdown", SITE, dimension="path", metrics="visitors,page_views", sort="page_views:asc")
    expect(rows).to_have_count(len(said["data"]))

    assert [row.locator(".value").inner_text() for row in rows.all()] == [row["path"] for row in said["data"]]


def test_a_panels_rows_can_be_had_as_csv_with_the_filters(shop: Page) -> None:
    shop.locator("[data-panel=devices] .value[title=Firefox]").click()
    expect(shop.locator(".chip")).to_have_count(1)
    shop.locator("[data-panel=pages] .more summary").click()
    with shop.expect_download() as download:
        shop.locator("[data-panel=pages]").get_by_role("button", name="Download CSV").click()
    lines = download.value.path().read_text().splitlines()

    assert lines[0] == "path,visitors"
    assert len(lines) == 4


def test_a_panel_names_its_request_as_a_curl_line(shop: Page) -> None:
    shop.locator("[data-panel=sources] .more summary").click()
    shop.locator("[data-panel=sources]").get_by_role("button", name="Show as curl").click()

    expect(shop.locator("dialog pre")).to_contain_text("-d dimension=source")


def test_events_are_listed_without_page_views(shop: Page, stand: Stand) -> None:
    said = stand.ask("breakdown", SITE, dimension="event_type", metrics="visitors,events")["data"]
    [signup] = [row for row in said if row["event_type"] == "signup"]
    expect(shop.locator("[data-panel=events] .rows tbody tr")).to_have_count(1)

    assert read_rows(shop, "events") == [("signup", signup["visitors"])]


def test_a_propertys_values_are_those_of_the_api(shop: Page, stand: Stand) -> None:
    shop.locator("[data-panel=events] select").select_option("props.plan")
    said = stand.ask("breakdown", SITE, dimension="props.plan", metrics="visitors,events")["data"]
    expect(shop.locator("[data-panel=events] .rows:not(.stale) tbody tr")).to_have_count(len(said))
    expect(shop.locator("[data-panel=events] .value").first).to_have_attribute("title", said[0]["props.plan"])

    assert read_rows(shop, "events") == [(row["props.plan"], row["visitors"]) for row in said]


def test_what_events_brought_in_comes_after_their_counts(page: Page, stand: Stand) -> None:
    at = "2025-06-02T10:00:00.000000Z"
    amounts = [("order", "12.30", "EUR"), ("order", "7.70", "EUR"), ("order", "5", "USD"), ("signup", "", "")]
    events = [
        {
            "timestamp": at,
            "event_type": kind,
            **({"revenue": {"amount": amount, "currency": currency}} if amount else {}),
        }
        for kind, amount, currency in amounts
    ]
    stand.store("paid", events)
    held: list[Route] = []
    page.route("**/v1/stats/breakdown?*metrics=revenue*", lambda route: held.append(route))
    page.set_viewport_size({"width": 1200, "height": 3000})
    with page.expect_request(lambda request: "metrics=revenue" in request.url):
        page.goto(stand.at("paid"))
    rows = page.locator("[data-panel=events] tbody tr")
    expect(rows).to_have_count(2)
    assert read_rows(page, "events") == [("order", 3), ("signup", 1)]
    expect(rows.first.locator("td")).to_have_count(2)

    [asked] = held
    asked.continue_()

    expect(rows.first.locator("td").last).to_have_text("€20.00 + US$5.00")
    expect(rows.last.locator("td").last).to_have_text("–")
    said = stand.ask("breakdown", "paid", dimension="event_type", metrics="visitors,revenue")["data"]
    assert [row["revenue"] for row in said] == [{"EUR": "20.00", "USD": "5"}, {}]


def make_view(at: str, **more: Any) -> dict[str, Any]:
    return {"timestamp": at, "path": "/", **more}


def test_what_was_filtered_is_told_with_its_reason(page: Page, stand: Stand) -> None:
    stand.store("bots", [make_view("2025-06-02T10:00:00.000000Z")])
    stand.store("bots", [make_view("2025-06-02T10:00:00.000000Z", filtered="bot") for _ in range(3)])
    page.set_viewport_size({"width": 1200, "height": 3000})
    page.goto(stand.at("bots"))

    row = page.locator("[data-panel=filtered] tbody tr")
    expect(row).to_contain_text("Bots")
    expect(row.locator("td").first).to_have_text("3")


GPTBOT = {"name": "GPTBot", "operator": "OpenAI", "purpose": "training"}
CLAUDE = {"name": "Claude-User", "operator": "Anthropic", "purpose": "user"}
GOOGLEBOT = {"name": "Googlebot", "operator": "Google", "purpose": "search_engine"}


def read_crawlers(page: Page) -> list[list[str]]:
    """Name, operator, purpose and events of each crawler that is shown."""
    rows = page.locator("[data-panel=crawlers] tbody tr").all()
    return [row.locator("th .value, td").all_inner_texts() for row in rows]


def test_crawlers_are_named_with_operator_purpose_and_the_apis_figures(page: Page, stand: Stand) -> None:
    at = "2025-06-02T10:00:00.000000Z"
    crawlers = [*[GPTBOT] * 3, *[GOOGLEBOT] * 2, CLAUDE]
    stand.store("read-by-ai", [make_view(at)])
    stand.store("read-by-ai", [make_view(at, filtered="bot", crawler=crawler) for crawler in crawlers])
    page.set_viewport_size({"width": 1200, "height": 3000})
    page.goto(stand.at("read-by-ai"))
    panel = page.locator("[data-panel=crawlers]")
    said = [
        [one["name"], one["operator"], str(one["events"])] for one in stand.ask("filtered", "read-by-ai")["crawlers"]
    ]

    expect(panel.locator("tbody tr")).to_have_count(2)
    shown = read_crawlers(page)
    assert shown == [
        ["GPTBot", "OpenAI", "Model training", "3"],
        ["Claude-User", "Anthropic", "A person who asked", "1"],
    ]
    assert [[name, operator, events] for name, operator, _, events in shown] == [said[0], said[2]]

    panel.get_by_role("button", name="All").click()
    expect(panel.locator("tbody tr")).to_have_count(3)
    assert read_crawlers(page)[1] == ["Googlebot", "Google", "Search engine", "2"]
    assert [[name, operator, events] for name, operator, _, events in read_crawlers(page)] == said
    assert "tab.crawlers=all" in page.url


def test_many_crawlers_are_shown_when_they_are_asked_for(page: Page, stand: Stand) -> None:
    at = "2025-06-02T10:00:00.000000Z"
    names = [f"Bot {number}" for number in range(12)]
    stand.store("read-by-many", [make_view(at)])
    stand.store("read-by-many", [make_view(at, filtered="bot", crawler={**GPTBOT, "name": name}) for name in names])
    page.set_viewport_size({"width": 1200, "height": 3000})
    page.goto(stand.at("read-by-many"))
    panel = page.locator("[data-panel=crawlers]")
    expect(panel.locator("tbody tr")).to_have_count(9)
    panel.get_by_role("button", name="Show all 12").click()

    expect(panel.locator("tbody tr")).to_have_count(12)
    assert {name for name, *_ in read_crawlers(page)} == set(names)


def test_a_site_that_no_crawler_reads_has_no_panel_of_them(shop: Page) -> None:
    assert shop.locator("[data-panel=crawlers]").count() == 0
