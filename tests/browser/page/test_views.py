"""What the page offers beside its panels: all sites, map, filters, periods, comparison, intervals, and what it says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from common.access.users import Users
from common.postgres.database import Database
from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand
from tests.browser.page.test_access import PASSWORD, sign_in
from tests.pressure.parts import Parts

FILTERS = [
    ("Browser", "browser", "is", "Firefox"),
    ("Country", "country", "is_not", "DE"),
    ("Page", "path", "contains", "blog"),
    ("Source", "source", "not_contains", "oog"),
    ("Page", "path", "matches", "/pric*"),
]


def happen_now(path: str = "/") -> dict[str, Any]:
    """A page view of this moment."""
    return {"timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}Z", "path": path}


def test_all_sites_are_at_a_glance_with_their_week_and_who_is_there_now(page: Page, parts: Parts, stand: Stand) -> None:
    stand.store("glance", [happen_now(), happen_now("/two")])
    stand.store("silence", [{"timestamp": "2025-06-02T10:00:00.000000Z", "path": "/"}])
    locked = parts.start("stats", stats_without_key="never")
    database = Database(parts.settings.database_url, connections=1, timeout_seconds=10)
    Users(database).add("test", "two", PASSWORD, roles={"glance": "view", "silence": "view"})
    database.close()
    page.goto(f"http://localhost:{locked.port}/")
    sign_in(page, "two")
    cards = page.locator(".site-card")
    expect(cards).to_have_count(2)
    glance, silence = cards.filter(has_text="glance"), cards.filter(has_text="silence")
    expect(glance.locator("strong")).to_have_text("2")
    expect(glance.locator(".now-small")).to_have_text("2 now")
    expect(glance.locator(".spark .line")).to_have_count(1)
    expect(silence.locator("strong")).to_have_text("0")
    expect(silence.locator(".now-small")).to_have_count(0)

    glance.click()
    page.wait_for_url("**site=glance**")
    expect(page.locator(".now b")).to_have_text("2")


def test_the_map_loads_when_it_is_seen_and_its_countries_filter(page: Page, stand: Stand) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 1200, "height": 420})
    page.goto(stand.at(SITE))
    page.locator("[data-metric=visitors] strong").wait_for()
    assert not [url for url in asked if "world" in url]

    page.locator("[data-panel=places]").scroll_into_view_if_needed()
    land = page.locator("[data-panel=places] .land[data-country=DE]")
    expect(land).not_to_have_class("land s0 ")
    expect(page.locator("[data-panel=places] .land[data-country=BR]")).to_have_class("land s0 ")
    land.dispatch_event("click")
    said = stand.ask("summary", SITE, filters='[{"dimension":"country","operator":"is","value":["DE"]}]')

    expect(page.locator(".chip")).to_contain_text("Country is Germany")
    expect(page.locator("[data-metric=visitors] strong")).to_have_text(str(said["data"]["visitors"]))


@pytest.mark.parametrize(("name", "dimension", "operator", "value"), FILTERS)
def test_a_filter_of_every_operator_is_built_and_gives_the_apis_figures(
    page: Page, stand: Stand, name: str, dimension: str, operator: str, value: str
) -> None:
    page.goto(stand.at(SITE))
    page.locator("[data-metric=visitors] strong").wait_for()
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("dialog").get_by_label("What").select_option(name)
    page.get_by_label("How").select_option(operator)
    page.get_by_label("Value").fill(value)
    page.get_by_role("button", name="Apply").last.click()
    filters = json.dumps([{"dimension": dimension, "operator": operator, "value": [value]}])
    said = stand.ask("summary", SITE, filters=filters)["data"]

    expect(page.locator(".chip")).to_have_count(1)
    expect(page.locator("[data-metric=page_views] strong")).to_have_text(str(said["page_views"]))
    assert 0 < said["page_views"] < stand.ask("summary", SITE)["data"]["page_views"]


def test_any_two_days_can_be_the_period(page: Page, stand: Stand) -> None:
    page.goto(stand.at(SITE))
    page.locator("[data-metric=visitors] strong").wait_for()
    page.locator(".period summary").click()
    page.get_by_label("From").fill("2025-06-03")
    page.get_by_label("to", exact=True).fill("2025-06-05")
    page.locator(".custom").get_by_role("button", name="Apply").click()
    said = stand.ask("summary", SITE, **{"from": "2025-06-03", "to": "2025-06-05"})["data"]

    page.wait_for_url("**from=2025-06-03&to=2025-06-05**")
    expect(page.locator("[data-metric=page_views] strong")).to_have_text(str(said["page_views"]))


@pytest.mark.parametrize(("compare", "before"), [("previous", "2025-05-31"), ("year", "2024-06-02")])
def test_a_comparison_shows_the_earlier_figures_beside_the_totals(
    page: Page, stand: Stand, compare: str, before: str
) -> None:
    site = f"compared-{compare}"
    views = [(f"{before}T10:00:00.000000Z", 2), ("2025-06-02T10:00:00.000000Z", 3)]
    stand.store(site, [{"timestamp": at, "path": "/"} for at, count in views for _ in range(count)])
    page.goto(stand.at(site) + f"&compare={compare}")
    total = page.locator("[data-metric=page_views]")
    said = stand.ask("summary", site, compare=compare)

    assert said["comparison"]["page_views"] == 2
    expect(total.locator("strong")).to_have_text("3")
    expect(total.locator(".before")).to_have_text("was 2")
    expect(total.locator(".change")).to_contain_text("50%")


def test_the_graph_has_intervals_and_marks_the_one_that_is_not_over(page: Page, stand: Stand) -> None:
    stand.store("unfinished", [happen_now()])
    page.goto(stand.at("unfinished", "period=7d"))
    page.get_by_label("Interval").select_option("hour")
    page.wait_for_url("**interval=hour**")
    page.get_by_role("button", name="Table").click()
    rows = page.locator(".graph tbody tr")
    expect(rows.last).to_contain_text("so far")
    assert sum(map(int, page.locator(".graph tbody td").all_inner_texts())) == 1


def test_realtime_is_a_click_away(page: Page, stand: Stand) -> None:
    stand.store("lively", [happen_now(), happen_now("/b"), happen_now("/c")])
    page.goto(stand.at("lively", "period=30d"))
    expect(page.locator(".now b")).to_have_text("3")
    page.locator(".now").click()

    page.wait_for_url("**period=realtime**")
    expect(page.locator("[data-metric=page_views] strong")).to_have_text("3")


def test_details_are_paged(page: Page, stand: Stand) -> None:
    at = "2025-06-02T10:00:00.000000Z"
    stand.store("many-pages", [{"timestamp": at, "path": f"/{number:02}"} for number in range(60)])
    page.goto(stand.at("many-pages") + "&detail=path")
    pager = page.locator(".pager")
    expect(pager).to_contain_text("1–50 of 60")
    expect(pager.get_by_role("button", name="Previous")).to_be_disabled()
    pager.get_by_role("button", name="Next").click()
    said = stand.ask("breakdown", "many-pages", dimension="path", limit="50", offset="50")["data"]

    expect(pager).to_contain_text("51–60 of 60")
    expect(page.locator("dialog tbody tr")).to_have_count(10)
    assert page.locator("dialog tbody .value").all_inner_texts() == [row["path"] for row in said]


def test_the_page_says_that_figures_are_exact_how_fresh_they_are_and_whose_days_it_shows(
    page: Page, stand: Stand
) -> None:
    page.goto(stand.at(SITE))
    fresh = stand.ask("summary", SITE)["meta"]["fresh_as_of"]

    expect(page.locator(".notes")).to_contain_text("Exact: totals and graph are counted")
    expect(page.locator(".notes time")).to_have_attribute("datetime", fresh)
    expect(page.locator(".notes")).to_contain_text("Days are those of UTC")


def test_an_estimate_is_marked_and_has_its_bound(page: Page, stand: Stand) -> None:
    def estimate(route: Route) -> None:
        answer = route.fetch()
        content = answer.json()
        content["meta"] |= {"exact": False, "estimated": ["visitors"]}
        if "summary" in route.request.url:
            content["meta"]["error"] = {"visitors": 7}
        else:
            content["data"] = [{**row, "visitors_error": 5} for row in content["data"]]
        route.fulfill(response=answer, json=content)

    page.route("**/v1/stats/summary?**", estimate)
    page.route("**/v1/stats/breakdown?*dimension=source&**", estimate)
    page.goto(stand.at(SITE))
    cell = page.locator("[data-panel=sources] .rows td span[title]").first

    expect(page.locator("[data-metric=visitors] .bound")).to_have_text("± 7")
    expect(cell).to_contain_text("≈")
    expect(cell).to_have_attribute("title", "Estimated: ± 5")
    expect(page.locator(".notes")).to_contain_text("Partly estimated: visitors")
