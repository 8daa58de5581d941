"""Funnels, retention and journeys: what the page shows is what the API says, and each has an address of its own."""

import json
from contextlib import closing
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from common.access.keys import Keys
from common.funnels.funnel import Funnel
from common.funnels.funnels import Funnels
from common.postgres.database import Database
from tests.browser.page.stand import Stand
from tests.pressure.parts import Parts

SITE = "ways"


def at(path: str) -> list[dict[str, Any]]:
    return [
        {"dimension": "event_type", "operator": "is", "value": ["page_view"]},
        {"dimension": "path", "operator": "matches", "value": [path]},
    ]


STEPS = json.dumps([at("/"), at("/cart*"), at("/thanks")], separators=(",", ":"))


@pytest.fixture(scope="module")
def ways(stand: Stand) -> Stand:
    """A site whose visitors walk on, each a page less far than the one before, on two days."""
    paths = ["/", "/cart/1", "/thanks"]
    stand.store(
        SITE,
        [
            {"timestamp": f"2025-06-0{day}T10:{minute:02}:00.000000Z", "path": path, "user_id": f"u{visitor}"}
            for visitor in range(9)
            for day in (2, 3)[: 1 + visitor % 2]
            for minute, path in enumerate(paths[: 1 + visitor % 3])
        ],
    )
    return stand


def open_detail(page: Page, stand: Stand, detail: str, more: str = "") -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stand.at(SITE) + f"&detail={detail}{more}")
    page.wait_for_selector("dialog table")
    assert errors == []


def read(page: Page, name: str) -> list[str | None]:
    return [cell.get_attribute(f"data-{name}") for cell in page.locator(f"dialog tbody [data-{name}]").all()]


def write(value: float | None) -> str | None:
    """As a cell's attribute has it."""
    return None if value is None else f"{value:g}"


def test_a_funnel_shows_the_apis_figures_and_each_step_filters(page: Page, ways: Stand) -> None:
    open_detail(page, ways, "funnel", f"&tab.funnel={quote(STEPS)}")
    said = ways.ask("funnel", SITE, steps=STEPS)["data"]["steps"]
    assert [step["visitors"] for step in said] == [9, 6, 3]
    assert read(page, "visitors") == [str(step["visitors"]) for step in said]
    assert read(page, "rate") == [write(step["rate"]) for step in said]
    assert read(page, "median") == [write(step["median_seconds"]) for step in said[1:]]

    page.get_by_role("button", name="2. /cart*").click()
    page.wait_for_url(lambda url: "filters=" in url and "detail" not in url)
    expect(page.get_by_role("group", name="Filters")).to_contain_text("/cart*")


def test_a_funnel_is_made_of_steps_that_the_address_keeps(page: Page, ways: Stand) -> None:
    page.goto(ways.at(SITE))
    page.get_by_role("button", name="Funnel").click()
    page.get_by_label("Step 2", exact=True).fill("/cart*")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**tab.funnel=**")
    expect(page.locator("dialog tbody tr")).to_have_count(2)
    page.reload()
    expect(page.locator("dialog tbody tr")).to_have_count(2)


def test_who_manages_the_site_keeps_a_funnel_by_a_name(page: Page, parts: Parts, ways: Stand) -> None:
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=10)) as database:
        _, key = Keys(database).make("test", "manager", ["admin"])
    page.add_init_script(f'sessionStorage.setItem("key", "{key.text}")')
    page.goto(ways.at(SITE) + "&detail=funnel")
    page.get_by_label("Step 2", exact=True).fill("/cart*")
    page.get_by_label("Keep it for the site").fill("cart")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**tab.funnel=cart**")
    expect(page.locator("dialog tbody tr")).to_have_count(2)
    page.goto(ways.at(SITE) + "&detail=funnel")
    expect(page.locator("dialog select[aria-label=Funnel]")).to_have_value("cart")


def test_a_funnel_shows_the_apis_figures_by_a_dimension_and_with_an_exclusion(page: Page, ways: Stand) -> None:
    exclude = json.dumps([{"dimension": "event_type", "operator": "is", "value": ["signup"]}], separators=(",", ":"))
    more = f"&tab.funnel={quote(STEPS)}&tab.split=path&tab.exclude={quote(exclude)}"
    open_detail(page, ways, "funnel", more)
    said = ways.ask("funnel", SITE, steps=STEPS, dimension="path", exclude=exclude)
    [value] = said["data"]["values"]
    page.wait_for_selector("[data-values]")
    assert read(page, "reached") == [str(step["visitors"]) for step in value["steps"]] == ["9", "6", "3"]
    expect(page.locator("[data-definition]")).to_contain_text("An attempt ends at signup.")


def test_an_exclusion_that_is_chosen_on_the_page_is_asked(page: Page, ways: Stand) -> None:
    page.goto(ways.at(SITE) + "&detail=funnel&tab.funnel=[]")
    page.get_by_label("Step 2", exact=True).fill("/thanks")
    page.get_by_label("Exclusion: kind").select_option("page")
    page.get_by_label("Exclusion", exact=True).fill("/cart*")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**tab.exclude=**")
    page.wait_for_selector("dialog table")
    assert read(page, "visitors") == ["9", "0"]  # who came to /thanks had been at the cart


def test_who_manages_the_site_deletes_a_kept_funnel_with_two_clicks(page: Page, parts: Parts, ways: Stand) -> None:
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=10)) as database:
        steps = json.dumps([at("/"), at("/thanks")])
        Funnels(database).put("test", SITE, Funnel("old", steps=steps, within="12h"))
        _, key = Keys(database).make("test", "deleter", ["admin"])
    page.add_init_script(f'sessionStorage.setItem("key", "{key.text}")')
    open_detail(page, ways, "funnel", "&tab.funnel=old")
    expect(page.locator("[data-definition]")).to_contain_text("Within 12 hours, of visitors with a user id")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Really delete old").click()
    expect(page.locator("dialog select[aria-label=Funnel] option[value=old]")).to_have_count(0)
    with closing(Database(parts.settings.database_url, connections=1, timeout_seconds=10)) as database:
        assert "old" not in [funnel.name for funnel in Funnels(database).list(SITE)]


@pytest.mark.parametrize(
    ("detail", "more"),
    [("funnel", f"&tab.funnel={quote(STEPS)}&tab.split=path"), ("retention", "&tab.unit=day"), ("journeys", "")],
)
def test_each_can_be_had_as_csv_and_as_a_line_for_a_shell(page: Page, ways: Stand, detail: str, more: str) -> None:
    open_detail(page, ways, detail, more)
    page.locator("dialog .more summary").click()
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download CSV").click()
    rows = downloading.value.path().read_text().splitlines()
    assert len(rows) > 1
    assert "visitors" in rows[0]
    page.locator("dialog .more summary").click()
    page.get_by_role("button", name="Show as curl").click()
    expect(page.locator(".code pre")).to_contain_text(f"/v1/stats/{detail}")


def test_retention_shows_the_apis_figures(page: Page, ways: Stand) -> None:
    open_detail(page, ways, "retention", "&tab.unit=day")
    said = ways.ask("retention", SITE, unit="day")
    assert said["data"][0]["returned"] == [9, 4]
    assert read(page, "returned") == [str(one) for row in said["data"] for one in row["returned"]]
    identified = page.locator("[data-population]").get_attribute("data-population")
    assert identified == str(said["meta"]["population"]["identified"])


def test_what_is_not_over_is_an_empty_cell(page: Page, ways: Stand) -> None:
    open_detail(page, ways, "retention", "&tab.unit=month")
    expect(page.locator("dialog tbody td").last).to_have_text("")
    expect(page.locator("dialog tbody td").last).to_have_attribute("title", "Not over yet")


def test_journeys_show_the_apis_figures_and_each_place_filters(page: Page, ways: Stand) -> None:
    start = json.dumps(at("/"), separators=(",", ":"))
    open_detail(page, ways, "journeys", f"&tab.start={quote(start)}&tab.depth=3")
    said = ways.ask("journeys", SITE, start=start, depth="3")["data"]
    assert read(page, "share") == [write(way["share"]) for way in said["journeys"]]
    assert page.locator("p[data-visits]").get_attribute("data-visits") == str(said["visits"])
    expect(page.locator("dialog tbody tr").first).to_contain_text("no further action")

    page.locator("dialog tbody").get_by_role("button", name="/cart/1").first.click()
    page.wait_for_url(lambda url: "filters=" in url and "detail" not in url)


@pytest.mark.parametrize("detail", ["funnel", "retention", "journeys"])
def test_a_dialog_fits_a_phone(page: Page, ways: Stand, detail: str) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    open_detail(page, ways, detail, f"&tab.funnel={quote(STEPS)}&tab.unit=day")
    wide: Any = page.evaluate("document.querySelector('dialog').scrollWidth")
    assert wide <= 360
