"""The requests that the benchmark times are those that the page sends."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from bench.rows.panels import make_requests
from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand

FILTER = {"dimension": "country", "operator": "is", "value": ["DE", "US"]}


def read(url: str) -> tuple[str, dict[str, list[str]]]:
    """A request without its host and the order of its parameters."""
    parts = urlsplit(url)
    return parts.path, parse_qs(parts.query)


@pytest.mark.parametrize("filters", [[], [FILTER]])
def test_the_benchmark_asks_what_the_page_asks(page: Page, stand: Stand, filters: list[object]) -> None:
    wanted = make_requests(SITE, "2025-06-02", "2025-06-03", filters, ["signup"])
    asked: list[tuple[str, dict[str, list[str]]]] = []
    page.on("request", lambda request: asked.append(read(request.url)) if "/v1/stats/" in request.url else None)
    page.set_viewport_size({"width": 1200, "height": 3000})
    query = read(wanted["totals"])[1].get("filters", [])
    page.goto(stand.at(SITE) + "".join(f"&filters={value}" for value in query))
    page.wait_for_selector("[data-panel=devices] .rows")
    for panel in ("sources", "pages", "places", "devices"):
        for tab in page.locator(f"[data-panel={panel}] .tabs button").all():
            tab.click()
    for dimension in ("utm_campaign", "utm_source", "utm_medium", "utm_term", "utm_content"):
        page.locator("[data-panel=sources] select").select_option(dimension)
    expect(page.locator("[data-panel=sources] .rows, [data-panel=sources] .none").first).to_be_visible()
    expect(page.locator("[data-panel=filtered] .none")).to_be_visible()
    expect(page.locator("[data-panel=events] .rows, [data-panel=events] .none").first).to_be_visible()

    missing = [name for name, url in wanted.items() if read(url) not in asked]
    known = [read(url) for url in wanted.values()]
    others = [path for path, asked_for in asked if (path, asked_for) not in known]
    assert missing == []
    assert set(others) == {"/v1/stats/realtime", "/v1/stats/goals"}
