"""A period without visitors says when there are some, and leads there."""

from playwright.sync_api import Page, expect

from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand


def test_an_empty_period_leads_to_the_month_of_the_last_events(page: Page, stand: Stand) -> None:
    page.goto(stand.at(SITE, "period=30d"))
    expect(page.locator(".elsewhere")).to_contain_text("There are some in June 2025.")
    page.get_by_role("button", name="Show June 2025").click()

    page.wait_for_url("**from=2025-06-01&to=2025-06-30**")
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("30")
    expect(page.locator(".elsewhere")).to_have_count(0)


def test_filters_that_nothing_passes_are_named_as_the_reason(page: Page, stand: Stand) -> None:
    filters = '[{"dimension":"country","operator":"is","value":["SE"]}]'
    page.goto(stand.at(SITE) + f"&filters={filters}")

    expect(page.locator(".elsewhere")).to_have_text("Nothing that passes these filters, in any period.")
