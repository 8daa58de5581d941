"""What the page says of a range that has not ended, beside what was before. The reader's clock stands still."""

from playwright.sync_api import Page, Route, expect

from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand

NOW = "2025-06-03T14:20:00Z"
SO_FAR = {"from": "2025-06-02T00:00:00+00:00", "to": "2025-06-02T14:15:00+00:00", "part_note": "Only a part."}


def test_the_page_says_until_when_yesterday_is_compared_with(page: Page, stand: Stand) -> None:
    def cut(route: Route) -> None:
        answer = route.fetch()
        content = answer.json()
        content["meta"]["compared"] |= SO_FAR
        route.fulfill(response=answer, json=content)

    page.clock.set_fixed_time(NOW)
    page.route("**/v1/stats/summary?**", cut)
    page.goto(stand.at(SITE, "from=2025-06-03&to=2025-06-03&compare=previous"))

    expect(page.locator(".against")).to_have_text("against yesterday until 14:15")
    expect(page.locator(".notes")).to_contain_text("Compared: Only a part.")


def test_the_page_asks_for_the_same_part_of_today_and_shows_what_the_api_says(page: Page, stand: Stand) -> None:
    with page.expect_response("**/v1/stats/summary?**") as response:
        page.goto(stand.at(SITE, "period=today&compare=previous"))
    compared = response.value.json()["meta"]["compared"]
    hour, minute = map(int, compared["to"][11:16].split(":"))

    assert "part_note" in compared
    expect(page.locator(".against")).to_contain_text(f"until {hour}:{minute:02}")
    expect(page.locator(".notes")).to_contain_text(compared["part_note"])


def test_a_bucket_that_is_not_over_shows_no_change(page: Page, stand: Stand) -> None:
    days = ("05-31", "06-01", "06-02", "06-03")
    stand.store("running", [{"timestamp": f"2025-{day}T10:00:00.000000Z", "path": "/"} for day in days])
    page.clock.set_fixed_time(NOW)
    page.goto(stand.at("running", "from=2025-06-02&to=2025-06-03&interval=day&compare=previous"))
    page.get_by_role("button", name="Table").click()
    rows = page.locator(".graph tbody tr")

    expect(rows.first.locator(".change")).to_contain_text("0%")
    expect(rows.last).to_contain_text("so far")
    expect(rows.last.locator(".change")).to_have_count(0)
