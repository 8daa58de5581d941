"""Goals, segments and annotations on the page: the figures of the API, each goal a filter, notes on the graph."""

import csv
import json
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from common.annotations.annotations import Annotations
from common.goals.goal import Goal
from common.goals.goals import Goals
from common.postgres.database import Database
from common.segments.segment import Segment
from common.segments.segments import Segments
from tests.browser.page.conftest import SITE
from tests.browser.page.stand import HOSTILE, Stand
from tests.pressure.parts import Parts


@pytest.fixture(scope="module")
def stand(parts: Parts, stand: Stand) -> Stand:
    """A shop with two goals, a segment, and two notes, of which one lies in the two days."""
    german = json.dumps([{"dimension": "country", "operator": "is", "value": "DE"}])
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=30)) as database:
        Goals(database).put("test", SITE, Goal("signup", event="signup"))
        Goals(database).put("test", SITE, Goal("pricing", path="/pric*", has_revenue=True))
        Segments(database).put("test", SITE, Segment("germans", german))
        for at, text in ((datetime(2025, 6, 2, 12, tzinfo=UTC), HOSTILE), (datetime(2025, 7, 1, tzinfo=UTC), "Later")):
            Annotations(database).make("test", SITE, at, text)
    return stand


@pytest.fixture
def goals(shop: Page) -> Page:
    """The shop's page, its goals loaded."""
    shop.wait_for_selector("[data-panel=goals] .rows")
    return shop


def test_a_goal_of_whose_events_nothing_is_known_is_not_said_to_be_reached_by_nobody(
    page: Page, parts: Parts, stand: Stand
) -> None:
    stand.store("bare", [{"timestamp": "2025-06-02T10:00:00.000000Z", "path": "/", "user_id": "u"}])
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=30)) as database:
        Goals(database).put("test", "bare", Goal("home", path="/"))
    page.goto(stand.at("bare") + "&detail=goals&tab.goals=source")
    expect(page.locator("dialog .goal .none")).to_have_text(
        "No event that reached it in this period has a known value."
    )


def test_a_goal_that_nobody_ever_reached_is_told_from_one_that_nobody_reached_lately(
    page: Page, parts: Parts, stand: Stand
) -> None:
    stand.store("quiet", [{"timestamp": "2025-05-20T10:00:00.000000Z", "path": "/", "user_id": "u"}])
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=30)) as database:
        Goals(database).put("test", "quiet", Goal("home", path="/"))
        Goals(database).put("test", "quiet", Goal("typo", event="sing_up"))
    page.goto(stand.at("quiet"))
    page.locator("[data-panel=goals]").scroll_into_view_if_needed()
    expect(page.locator("[data-panel=goals] tbody tr")).to_have_count(2)
    expect(page.locator("[data-unreached] b")).to_have_text("typo")


def test_the_goals_can_be_had_as_csv_and_as_a_line_for_a_shell(goals: Page, stand: Stand) -> None:
    menu = goals.locator("[data-panel=goals] .more summary")
    menu.click()
    with goals.expect_download() as downloading:
        goals.locator("[data-panel=goals]").get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(downloading.value.path().read_text().splitlines()))
    said = {one["goal"]: str(one["conversions"]) for one in stand.ask("goals", SITE)["data"]}
    assert {row["goal"]: row["conversions"] for row in rows} == said
    menu.click()
    goals.locator("[data-panel=goals]").get_by_role("button", name="Show as curl").click()
    expect(goals.locator(".code pre")).to_contain_text("/v1/stats/goals")


def read_goals(page: Page, within: str = "[data-panel=goals]") -> dict[str, dict[str, float]]:
    return {
        str(row.locator(".value").get_attribute("title")): {
            name: float(row.locator(f"[data-figure={name}]").get_attribute("data-value") or -1)
            for name in ("visitors", "conversions", "rate")
        }
        for row in page.locator(f"{within} .rows tbody tr").all()
    }


def pick(said: dict[str, Any]) -> dict[str, float]:
    return {name: said[name] for name in ("visitors", "conversions", "rate")}


def test_the_goals_figures_are_those_of_the_api(goals: Page, stand: Stand) -> None:
    assert read_goals(goals) == {one["goal"]: pick(one) for one in stand.ask("goals", SITE)["data"]}


def test_a_goal_filters_every_figure_and_the_filter_is_in_the_address(goals: Page, stand: Stand) -> None:
    goals.locator("[data-panel=goals] .value[title=signup]").click()
    expect(goals.locator(".chips .chip-words")).to_have_text("Goal is signup")
    filters = json.dumps([{"dimension": "goal", "operator": "is", "value": ["signup"]}])
    said = stand.ask("summary", SITE, metrics="visitors", filters=filters)["data"]["visitors"]
    expect(goals.locator("[data-metric=visitors] strong")).to_have_attribute("title", str(said))
    assert "goal" in goals.url


def test_the_opened_panel_has_an_address_and_shows_each_goal_by_a_dimension(page: Page, stand: Stand) -> None:
    page.goto(stand.at(SITE) + "&detail=goals&tab.goals=country")
    page.wait_for_selector("dialog .goal .rows")
    said = {one["goal"]: one["values"] for one in stand.ask("goals", SITE, dimension="country", limit="20")["data"]}
    assert page.locator("dialog .goal h3").all_inner_texts() == list(said)
    expected = {row["country"]: pick(row) for row in said["pricing"]}
    assert read_goals(page, "dialog .goal >> nth=0 >>") == expected
    page.locator("dialog .goal .value[title=DE]").first.click()
    expect(page.locator(".chips .chip-words")).to_have_text("Country is Germany")
    expect(page.locator("dialog")).to_have_count(0)


def test_goals_are_broken_down_by_a_property_too(page: Page, stand: Stand) -> None:
    page.goto(stand.at(SITE) + "&detail=goals")
    page.locator("dialog").get_by_label("By").select_option("props.plan")
    page.wait_for_url("**tab.goals=props.plan**")
    expect(page.locator("dialog .goal .value[title=hobby]")).to_have_count(1)
    said = {one["goal"]: one["values"] for one in stand.ask("goals", SITE, dimension="props.plan", limit="20")["data"]}
    expected = {row["props.plan"]: pick(row) for row in said["signup"]}
    assert read_goals(page, "dialog .goal >> nth=1 >>") == expected
    visits = [row.get_attribute("data-value") for row in page.locator("dialog [data-figure=visits]").all()]
    assert visits == [str(row["visits"]) for goal in said.values() for row in goal]


def test_the_filter_form_offers_goals_and_segments_by_name(goals: Page, stand: Stand) -> None:
    goals.get_by_role("button", name="Filter").click()
    form = goals.locator(".filter-form")
    form.get_by_label("What").select_option("goal")
    form.get_by_label("How").select_option("has_not")
    form.locator(".offered button", has_text="signup").click()
    form.get_by_role("button", name="Apply").click()
    expect(goals.locator(".chips .chip-words")).to_have_text("Goal not in the visit: signup")
    goals.get_by_role("button", name="Filter", exact=True).click()
    form.get_by_label("What").select_option("segment")
    form.locator(".offered button", has_text="germans").click()
    form.get_by_role("button", name="Apply").click()
    expect(goals.locator(".chips .chip-words").last).to_have_text("Segment is germans")
    filters = json.dumps(
        [
            {"dimension": "goal", "operator": "has_not", "value": ["signup"]},
            {"dimension": "segment", "operator": "is", "value": ["germans"]},
        ]
    )
    said = stand.ask("summary", SITE, metrics="visitors", filters=filters)["data"]["visitors"]
    expect(goals.locator("[data-metric=visitors] strong")).to_have_attribute("title", str(said))


def test_notes_that_can_not_be_loaded_say_so_on_the_graph_too(goals: Page) -> None:
    goals.route("**/views/annotations.js", lambda route: route.abort())
    goals.reload()
    expect(goals.locator(".plot svg")).to_contain_text("The notes could not be loaded.")
    expect(goals.get_by_role("alert")).to_contain_text("could not be loaded")


def test_a_note_is_marked_on_the_graph_and_told_below_it_as_text(goals: Page) -> None:
    expect(goals.locator(".noted line")).to_have_count(1)
    expect(goals.locator(".annotations li")).to_have_count(1)
    assert HOSTILE in goals.locator(".annotations li").inner_text()
    assert goals.title() != "taken"
    before = goals.locator(".noted line").get_attribute("x1")
    goals.locator("[data-metric=page_views]").click()
    expect(goals.locator(".graph-bar .quiet").first).to_have_text("Page views")
    expect(goals.locator(".noted line")).to_have_attribute("x1", str(before))
