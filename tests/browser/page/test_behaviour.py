"""Funnels, retention and journeys: what the page shows is what the API says, and each has an address of its own."""

from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.page.dialogs import at, dump, open_detail, read, write
from tests.browser.page.stand import Stand

SITE = "ways"


STEPS = dump([at("/"), at("/cart*"), at("/thanks")])


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


def test_a_funnel_shows_the_apis_figures_and_each_step_filters(page: Page, ways: Stand) -> None:
    open_detail(page, ways, SITE, "funnel", f"&tab.funnel={quote(STEPS)}")
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


def test_a_funnel_shows_the_apis_figures_by_a_dimension_and_with_an_exclusion(page: Page, ways: Stand) -> None:
    exclude = dump([{"dimension": "event_type", "operator": "is", "value": ["signup"]}])
    more = f"&tab.funnel={quote(STEPS)}&tab.split=path&tab.exclude={quote(exclude)}"
    open_detail(page, ways, SITE, "funnel", more)
    said = ways.ask("funnel", SITE, steps=STEPS, dimension="path", exclude=exclude)
    [value] = said["data"]["values"]
    page.wait_for_selector("[data-values]")
    assert read(page, "reached") == [str(step["visitors"]) for step in value["steps"]] == ["9", "6", "3"]
    expect(page.locator("[data-definition]")).to_contain_text("An attempt ends at signup.")


@pytest.mark.parametrize("broken", ['[[null],[{}],1,"x"]', '[[{"dimension":"path"}],[{"or":[null,{"and":1}]}]]', "[["])
@pytest.mark.parametrize(("detail", "name"), [("funnel", "funnel"), ("journeys", "start"), ("journeys", "prefixes")])
def test_a_dialog_with_a_broken_address_opens(page: Page, ways: Stand, detail: str, name: str, broken: str) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(ways.at(SITE) + f"&detail={detail}&tab.{name}={quote(broken)}")
    expect(page.locator("dialog [role=alert]")).to_be_visible()
    assert errors == []


def test_an_exclusion_that_is_chosen_on_the_page_is_asked(page: Page, ways: Stand) -> None:
    page.goto(ways.at(SITE) + "&detail=funnel&tab.funnel=[]")
    page.get_by_label("Step 2", exact=True).fill("/thanks")
    page.get_by_label("Exclusion: kind").select_option("page")
    page.get_by_label("Exclusion", exact=True).fill("/cart*")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**tab.exclude=**")
    page.wait_for_selector("dialog table")
    assert read(page, "visitors") == ["9", "0"]  # who came to /thanks had been at the cart


@pytest.mark.parametrize(
    ("detail", "more"),
    [("funnel", f"&tab.funnel={quote(STEPS)}&tab.split=path"), ("retention", "&tab.unit=day"), ("journeys", "")],
)
def test_each_can_be_had_as_csv_and_as_a_line_for_a_shell(page: Page, ways: Stand, detail: str, more: str) -> None:
    open_detail(page, ways, SITE, detail, more)
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
    open_detail(page, ways, SITE, "retention", "&tab.unit=day")
    said = ways.ask("retention", SITE, unit="day")
    assert said["data"][0]["returned"] == [9, 4]
    assert read(page, "returned") == [str(one) for row in said["data"] for one in row["returned"]]
    identified = page.locator("[data-population]").get_attribute("data-population")
    assert identified == str(said["meta"]["population"]["identified"])


def test_what_is_not_over_is_an_empty_cell(page: Page, ways: Stand) -> None:
    open_detail(page, ways, SITE, "retention", "&tab.unit=month")
    expect(page.locator("dialog tbody td").last).to_have_text("")
    expect(page.locator("dialog tbody td").last).to_have_attribute("title", "Not over yet")


@pytest.mark.parametrize("detail", ["funnel", "retention", "journeys"])
def test_a_dialog_fits_a_phone(page: Page, ways: Stand, detail: str) -> None:
    page.set_viewport_size({"width": 360, "height": 780})
    open_detail(page, ways, SITE, detail, f"&tab.funnel={quote(STEPS)}&tab.unit=day")
    wide: Any = page.evaluate("document.querySelector('dialog').scrollWidth")
    assert wide <= 360
