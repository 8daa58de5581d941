"""What the page does when there is nothing, too much, something hostile, or nobody who answers."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.page.conftest import SITE
from tests.browser.page.stand import HOSTILE, Stand, make_hostile_events


def test_an_empty_site_shows_its_snippet_and_turns_to_figures_by_itself(page: Page, stand: Stand) -> None:
    page.goto(stand.at("quiet"))
    expect(page.locator(".code pre")).to_contain_text('data-site="quiet"')
    for place, part in (("WordPress", "add_action"), ("Next.js", "next/script"), ("Hugo", "hugo.IsProduction")):
        page.get_by_role("button", name=place).click()
        expect(page.locator(".code pre")).to_contain_text(part)

    stand.store("quiet", [{"timestamp": "2025-06-02T10:00:00.000000Z", "path": "/"}])

    expect(page.locator("[data-metric=visitors] strong")).to_have_text("1")


def test_a_site_whose_events_are_all_filtered_says_so_while_it_waits(page: Page, stand: Stand) -> None:
    page.goto(stand.at("curled"))
    page.locator(".code pre").wait_for()
    assert not page.locator("[data-panel=filtered]").is_visible()

    stand.store("curled", [{"timestamp": "2025-06-02T10:00:00.000000Z", "path": "/", "filtered": "bot"}])

    expect(page.locator("[data-panel=filtered] tbody tr")).to_contain_text("Bots and programs")


def test_every_text_of_an_event_is_text(page: Page, stand: Stand) -> None:
    stand.store("hostile", make_hostile_events())
    page.set_viewport_size({"width": 1200, "height": 3000})
    page.goto(stand.at("hostile"))
    page.wait_for_selector("[data-panel=devices] .rows")
    for panel in ("sources", "pages", "places", "devices"):
        for tab in page.locator(f"[data-panel={panel}] .tabs button").all():
            tab.click()
            expect(
                page.locator(f"[data-panel={panel}] .rows:not(.stale), [data-panel={panel}] .none").first
            ).to_be_visible()
            assert page.locator(".value img, .value script, .value b").count() == 0
    page.locator("[data-panel=events] select").select_option(index=1)
    expect(page.locator("[data-panel=events] .value").first).to_have_text(HOSTILE)
    page.locator("[data-panel=pages] .tabs button").first.click()
    page.locator("[data-panel=pages] .value").first.click()
    expect(page.locator(".chip")).to_contain_text(HOSTILE)
    page.locator("[data-panel=pages]").get_by_role("button", name="Details").click()
    expect(page.locator("dialog .value").first).to_contain_text("onerror")

    assert page.title() == "hostile · Analytics"


def test_the_page_says_that_the_api_is_away_and_recovers_by_itself(page: Page, stand: Stand) -> None:
    is_away = True

    def answer(route: Route) -> None:
        if is_away:
            route.abort()
        else:
            route.continue_()

    page.route("**/v1/stats/**", answer)
    page.goto(stand.at(SITE))
    expect(page.locator(".away")).to_be_visible()

    is_away = False

    expect(page.locator("[data-metric=visitors] strong")).to_have_text("30")
    expect(page.locator(".away")).to_have_count(0)


def test_a_question_that_took_too_long_is_told_and_not_asked_again(page: Page, stand: Stand) -> None:
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=504, content_type="application/problem+json", body='{"detail":"It took too long."}')

    page.route("**/v1/stats/breakdown?*dimension=source&*", refuse)
    page.goto(stand.at(SITE))
    expect(page.locator("[data-panel=sources] .refused")).to_have_text("It took too long.")
    expect(page.locator("[data-panel=pages] .rows")).to_be_visible()

    assert page.locator(".away").count() == 0
    assert len(asked) == 1


def test_a_question_that_is_no_longer_asked_is_cancelled(page: Page, stand: Stand) -> None:
    held: list[Route] = []
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))

    def hold(route: Route) -> None:
        if "period=90d" in route.request.url:
            held.append(route)
        else:
            route.continue_()

    page.route("**/v1/stats/**", hold)
    with page.expect_request(lambda request: "/v1/stats/summary" in request.url):
        page.goto(stand.at(SITE, "period=90d"))
    expect(page.locator("[data-panel=sources] .skeleton")).to_be_visible()
    with page.expect_event("requestfailed", lambda request: "/v1/stats/summary" in request.url):
        page.keyboard.press("d")

    expect(page.locator("[data-metric=visitors] strong")).to_have_text("0")
    assert any("period=90d" in url for url in failed)


@pytest.mark.parametrize(
    ("key", "part"), [("d", "period=today"), ("y", "period=year"), ("x", "compare=previous"), ("f", "detail=filter")]
)
def test_pressing_a_key_changes_the_view_and_the_address(page: Page, stand: Stand, key: str, part: str) -> None:
    page.goto(stand.at(SITE))
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("30")
    page.keyboard.press(key)

    page.wait_for_url(f"**{part}**")


def test_arrow_keys_step_to_the_days_before_and_back(page: Page, stand: Stand) -> None:
    page.goto(stand.at(SITE))
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("30")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**from=2025-05-31&to=2025-06-01**")
    expect(page.locator("[data-metric=visitors] strong")).to_have_text("0")
    page.keyboard.press("ArrowRight")

    page.wait_for_url("**from=2025-06-02&to=2025-06-03**")


@pytest.mark.parametrize("width", [360, 768, 1280, 2560])
def test_nothing_is_wider_than_the_screen(page: Page, stand: Stand, width: int) -> None:
    stand.store(
        f"long{width}", [{"timestamp": "2025-06-02T10:00:00.000000Z", "path": "/" + "long" * 200, "source": "s" * 90}]
    )
    page.set_viewport_size({"width": width, "height": 3000})
    page.goto(stand.at(f"long{width}"))
    page.wait_for_selector("[data-panel=pages] .rows")

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_asks_nobody_else_and_needs_nothing_unsafe(page: Page, stand: Stand) -> None:
    asked: list[str] = []
    refused: list[Any] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None
    )
    answer = page.goto(stand.at(SITE))
    page.wait_for_selector("[data-panel=pages] .rows")

    assert answer is not None
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert refused == []
    assert {url for url in asked if not url.startswith((stand.stats.url, "data:", "blob:"))} == set()
