"""What is seen before any figure has arrived."""

import sys

import pytest
from playwright.sync_api import Page, Route

from tests.browser.page.conftest import SITE
from tests.browser.page.stand import Stand
from tests.browser.waiting import wait_until

FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def test_the_page_is_painted_before_any_answer_of_the_api(
    page: Page, stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    held: list[Route] = []
    page.route("**/v1/**", lambda route: held.append(route))
    page.goto(stand.at(SITE))
    wait_until(page, lambda: page.evaluate(FIRST_PAINT), "the first paint")
    milliseconds = round(page.evaluate(FIRST_PAINT))
    with capsys.disabled():
        sys.stdout.write(f"\nthe page: first contentful paint {milliseconds} ms after the address, the API held back\n")

    wait_until(page, lambda: held, "the first question")  # the first paint is of the document, and may be before it
    assert page.locator("header.bar").count() == 1
    assert page.locator("header.bar").is_visible()
    assert page.locator(".skeleton").first.is_visible()
    page.unroute_all(behavior="ignoreErrors")
