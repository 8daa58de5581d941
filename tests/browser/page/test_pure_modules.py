"""The page's modules that only compute, in the browser that runs them."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from functions.stats.page.serving import FOLDER
from tests.browser.page.stand import Stand


@pytest.fixture
def run(page: Page, stand: Stand) -> Any:
    """Evaluates an expression over the functions of a module."""
    page.route("**/source/**", lambda route: route.fulfill(path=FOLDER / route.request.url.partition("/source/")[2]))
    page.goto(f"{stand.stats.url}/healthz")

    def evaluate(module: str, expression: str) -> Any:
        return page.evaluate(f"import('/source/{module}').then((m) => ({expression}))")

    return evaluate


def test_an_address_and_its_state_are_each_others_inverse(run: Any) -> None:
    filters = "%5B%7B%22dimension%22%3A%22path%22%7D%5D"
    address = f"?site=a+b&from=2025-01-01&to=2025-01-31&metric=visits&filters={filters}&tab.pages=exit"
    assert run("address.js", f"m.readAddress(m.writeAddress(m.readAddress('{address}')))") == run(
        "address.js", f"m.readAddress('{address}')"
    )
    assert run("address.js", "m.writeAddress(m.readAddress('?site=blog&period=30d'))") == "?site=blog"


@pytest.mark.parametrize("broken", ["filters=%7B", "filters=[1,null]", "from=2025-01-01", "site=%E0%A4%A"])
def test_a_broken_address_is_read_without_what_is_broken(run: Any, broken: str) -> None:
    state = run("address.js", f"m.readAddress('?{broken}')")

    assert (state["filters"], state["from"], state["period"]) == ([], "", "30d")


@pytest.mark.parametrize(
    ("range_", "direction", "expected"),
    [
        ("{from: '2025-03-01', to: '2025-03-31'}", -1, {"from": "2025-02-01", "to": "2025-02-28"}),
        ("{from: '2025-03-03', to: '2025-03-09'}", -1, {"from": "2025-02-24", "to": "2025-03-02"}),
        ("{from: '2025-03-03', to: '2025-03-03'}", 1, {"from": "2025-03-04", "to": "2025-03-04"}),
        ("{from: '2025-06-02', to: '2025-06-02'}", 1, None),
    ],
)
def test_a_step_is_as_long_as_the_range_and_ends_before_tomorrow(
    run: Any, range_: str, direction: int, expected: dict[str, str] | None
) -> None:
    assert run("days.js", f"m.step({range_}, {direction}, '2025-06-02')") == expected


def test_a_curl_line_quotes_what_a_shell_would_read(run: Any) -> None:
    line = run("query.js", "m.curlOf(['/v1/stats/summary', {site_id: \"it's $HOME\"}], 'http://localhost:3003', true)")

    assert "'site_id=it'\\''s $HOME'" in line
    assert '-H "Authorization: Bearer $KEY"' in line


def test_the_graphs_lines_are_round_and_reach_over_the_most(run: Any) -> None:
    assert run("scale.js", "m.ticks(830)") == [0, 250, 500, 750, 1000]
    assert run("scale.js", "m.ticks(0)") == [0, 1]
    assert run("scale.js", "m.ticks(2, 1)") == [0, 1, 2]
    assert run("scale.js", "m.timeTicks(100)") == [0, 30, 60, 90, 120]


def test_figures_are_written_for_people(run: Any) -> None:
    assert run("format.js", "m.duration(3725)") == "1h 2m"
    assert run("format.js", "m.figure('visitors', 1234567)") == "1.2m"
    assert run("format.js", "m.show('country', 'DE')") == "Germany"
    assert run("format.js", "m.bucket('2025-06-02T00:00:00+02:00', 'day')") == "Mon, 2 Jun 2025"


@pytest.mark.parametrize(
    ("first", "end", "words"),
    [
        ("2025-06-02T00:00:00+02:00", "2025-06-02T14:15:00+02:00", "yesterday until 14:15"),
        ("2025-06-02T00:00:00+02:00", "2025-06-03T00:00:00+02:00", "yesterday"),
        ("2024-06-03T00:00:00+02:00", "2024-06-03T14:15:00+02:00", "3 Jun 2024 until 14:15"),
        ("2025-05-21T00:00:00+02:00", "2025-05-27T14:15:00+02:00", "21–27 May 2025 until 14:15"),
        ("2025-05-21T00:00:00+02:00", "2025-05-27T00:00:00+02:00", "21–26 May 2025"),
        ("2025-06-01T15:00:00+02:00", "2025-06-02T14:15:00+02:00", "1 Jun, 15:00–2 Jun, 14:15"),
        ("2025-06-03T13:20:00+02:00", "2025-06-03T13:50:00+02:00", "3 Jun, 13:20–13:50"),
    ],
)
def test_a_range_that_is_compared_with_is_named_with_where_it_ends(run: Any, first: str, end: str, words: str) -> None:
    said = run("format.js", f"m.range({{from: '{first}', to: '{end}'}}, '2025-06-03')")
    assert re.sub(r"\s*–\s*", "–", said) == words
