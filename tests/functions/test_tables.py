"""Goals, funnels, retention and journeys as CSV: the same figures, a row each."""

import json
from typing import Any

import pytest

from common.goals.goal import Goal
from common.goals.goals import Goals
from common.postgres.database import Database
from tests.functions.site import DAY, Site, view

STEPS = json.dumps([[{"dimension": "path", "operator": "is", "value": path}] for path in ("/", "/b")])


@pytest.fixture
def shop(site: Site, database: Database) -> Site:
    """Two visitors, of whom one goes on."""
    site.store(
        [
            view("02T10:00:00", "ann", "/", country="DE"),
            view("02T10:01:00", "ann", "/b", country="DE", revenue={"amount": "5.50", "currency": "EUR"}),
            view("02T10:02:00", "ann", "=x", country="DE"),
            view("02T11:00:00", "bob", "/", country="US"),
        ]
    )
    Goals(database).put("test", "s", Goal("bought", path="/b", has_revenue=True))
    return site


def test_a_goal_is_a_row(shop: Site) -> None:
    assert shop.table("goals", **DAY) == [
        ["goal", "visitors", "visits", "conversions", "rate", "revenue"],
        ["bought", "1", "1", "1", "50.0", "5.50 EUR"],
    ]


def test_a_goal_is_a_row_for_each_value_of_a_dimension(shop: Site) -> None:
    assert shop.table("goals", **DAY, dimension="country") == [
        ["goal", "country", "visitors", "visits", "conversions", "rate", "revenue"],
        ["bought", "DE", "1", "1", "1", "100.0", "5.50 EUR"],
    ]


def test_a_goal_stands_beside_what_it_is_compared_with(shop: Site) -> None:
    [names, row] = shop.table("goals", **DAY, compare="previous")
    compared = dict(zip(names, row, strict=True))
    assert (compared["conversions"], compared["conversions_previous"], compared["conversions_change"]) == ("1", "0", "")


def test_a_step_of_a_funnel_is_a_row_of_all_visitors_and_of_each_value(shop: Site) -> None:
    assert shop.table("funnel", **DAY, steps=STEPS, dimension="country") == [
        ["country", "step", "visitors", "rate", "drop_off", "median_seconds"],
        ["", "1", "2", "100.0", "", ""],
        ["", "2", "1", "50.0", "50.0", "60.0"],
        ["DE", "1", "1", "100.0", "", ""],
        ["DE", "2", "1", "100.0", "0.0", "60.0"],
        ["US", "1", "1", "100.0", "", ""],
        ["US", "2", "0", "0.0", "100.0", ""],
    ]


def test_a_cell_of_retention_is_a_row(shop: Site) -> None:
    asked: dict[str, Any] = {"from": "2025-06-02", "to": "2025-06-03", "timezone": "UTC", "unit": "day"}
    assert shop.table("retention", **asked) == [
        ["cohort", "visitors", "period", "returned", "rate"],
        ["2025-06-02", "2", "0", "2", "100.0"],
        ["2025-06-02", "2", "1", "0", "0.0"],
        ["2025-06-03", "0", "0", "0", ""],
    ]


def test_a_way_is_a_row_that_no_spreadsheet_takes_for_a_formula(shop: Site) -> None:
    assert shop.table("journeys", **DAY, depth="4") == [
        ["step_1", "step_2", "step_3", "step_4", "visitors", "visits", "share"],
        ["page /", "", "", "", "1", "1", "50.0"],
        ["page /", "page /b", "page =x", "", "1", "1", "50.0"],
    ]


@pytest.mark.parametrize("endpoint", ["goals", "funnel", "retention", "journeys"])
def test_the_tag_of_rows_is_not_that_of_json(shop: Site, endpoint: str) -> None:
    asked = {"site_id": "s", **DAY, **({"steps": STEPS} if endpoint == "funnel" else {})}
    as_json = shop.stats.get(f"/v1/stats/{endpoint}", params=asked)
    as_csv = shop.stats.get(f"/v1/stats/{endpoint}", params=asked, headers={"Accept": "text/csv"})
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert as_json.headers["etag"] != as_csv.headers["etag"]
