"""Figures, dates and names are written as the reader's browser writes them."""

from playwright.sync_api import Browser, expect

from tests.browser.conftest import PERSON
from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand


def test_a_german_browser_shows_german_figures_dates_and_names(browser: Browser, stand: Stand) -> None:
    context = browser.new_context(user_agent=PERSON, locale="de-DE", viewport={"width": 1200, "height": 3000})
    page = context.new_page()
    said = stand.ask("summary", SITE, metrics="bounce_rate")["data"]["bounce_rate"]
    page.goto(stand.at(SITE) + "&interval=day&tab.places=country")
    expect(page.locator("[data-metric=bounce_rate] strong")).to_have_text(f"{said:.1f}%".replace(".", ","))
    expect(page.locator("[data-panel=places] .value").first).to_have_text("Deutschland")
    page.get_by_role("button", name="Table").click()
    day = page.evaluate(
        "new Intl.DateTimeFormat('de-DE', {weekday: 'short', day: 'numeric', month: 'short', year: 'numeric'})"
        ".format(new Date(2025, 5, 2))"
    )
    expect(page.locator(".graph tbody th").first).to_have_text(day)
    assert day.startswith("Mo")
    context.close()
