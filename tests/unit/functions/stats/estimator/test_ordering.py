"""Rows come by the figure that the answer shows: the SQL is computed here by SQLite, and compared."""

import sqlite3
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any

import pytest

from functions.stats.estimator.budgets import Budget, Budgets, Size
from functions.stats.estimator.columns import Counts
from functions.stats.estimator.metrics import measure
from functions.stats.estimator.ordering import write_order
from functions.stats.estimator.plan import Plan
from functions.stats.estimator.planner import make_plan
from functions.stats.query.model import Query, Sort
from functions.stats.query.names import COUNTS, METRICS
from tests.unit.functions.stats.estimator.asking import NOVEMBER, OWN, ask, both, hold

SAMPLE = Budgets(Budget(0, 100_000), Budget(0, 100_000))
EVERYTHING = Budgets(Budget(1 << 30, 1), Budget(1 << 30, 1))
ROW: dict[str, Any] = {
    "value": "x",
    "visitors": 23,
    "visitor_days": 900,
    "visitors_x": 61,
    "visitors_xx": 307,
    "page_views": 210,
    "page_views_yy": 5_000,
    "page_views_x": 431,
    "page_views_xx": 9_000,
    "page_views_xy": 6_000,
    "page_views_total": 7_003,
    "events": 251,
    "events_yy": 7_000,
    "events_x": 519,
    "events_xx": 12_000,
    "events_xy": 8_000,
    "events_total": 8_011,
    "visits": 37,
    "visits_yy": 200,
    "visits_x": 83,
    "visits_xx": 500,
    "visits_xy": 250,
    "visits_total": 1_301,
    "bounces": 11,
    "duration_ms": 4_321_000,
}
"""With moments that leave the estimates between their bounds."""
KNOWN = {"page_views": 3_003, "events": 3_303, "visits": 701, "bounces": 307, "duration_ms": 61_234_000}
RATES = ["bounce_rate", "visit_duration", "views_per_visit"]


def compute(query: Query, plan: Plan) -> float:
    """What PostgreSQL sorts by."""
    expression = write_order(query, plan).removesuffix(' desc nulls last, value collate "C"')
    database = sqlite3.connect(":memory:")
    for name, function in (("greatest", max), ("least", min), ("ceil", ceil)):
        database.create_function(name, -1, function)
    columns = ", ".join(f":{name} as {name}" for name in ROW)
    values = {**ROW, "rate": plan.rate, "days": 30}
    [number] = database.execute(f"select {expression} from (select {columns})", values).fetchone()
    database.close()
    return float(number)


@pytest.mark.parametrize("metric", ["visitors", "visits", "page_views", "events"])
@pytest.mark.parametrize(
    ("dimension", "filters"), [("country", None), ("path", None), ("country", both(hold("path", "/")))]
)
@pytest.mark.parametrize("budgets", [SAMPLE, EVERYTHING])
def test_a_count_is_sorted_by_as_it_is_shown(metric: str, dimension: str, filters: Any, budgets: Budgets) -> None:
    query = ask("breakdown", dimension=dimension, filters=filters, metrics=METRICS, sort=Sort(metric, True))
    plan = make_plan(query, OWN, Size(1_000_000, 1_000_000), budgets)
    shown = measure(Counts("x", ROW), METRICS, plan, 30, 1_000).metrics[metric]
    is_scaled = metric == "visitors" and plan.is_sample and not plan.sums_days
    assert compute(query, plan) == (ROW["visitors"] if is_scaled else shown)


@pytest.mark.parametrize(("metric", "hundredths"), [("bounce_rate", 2973), ("views_per_visit", 568)])
def test_a_rate_is_sorted_by_in_hundredths(metric: str, hundredths: int) -> None:
    query = ask("breakdown", dimension="country", metrics=METRICS, sort=Sort(metric, True))
    assert compute(query, make_plan(query, OWN, Size(1, 1), EVERYTHING)) == hundredths


@pytest.mark.parametrize(
    ("bounces", "visits", "hundredths"), [(1, 8, 1250), (1, 32, 312), (3, 32, 938), (1, 3, 3333), (2, 3, 6667)]
)
def test_a_rate_is_rounded_half_to_even_as_it_is_shown(
    bounces: int, visits: int, hundredths: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROW, "bounces", bounces)
    monkeypatch.setitem(ROW, "visits", visits)
    query = ask("breakdown", dimension="country", metrics=METRICS, sort=Sort("bounce_rate", True))
    plan = make_plan(query, OWN, Size(1, 1), EVERYTHING)
    assert compute(query, plan) == hundredths
    assert measure(Counts("x", ROW), METRICS, plan, 0, 1).metrics["bounce_rate"] == hundredths / 100


def test_past_the_budget_page_views_a_visit_of_a_path_are_sorted_by_the_visits_estimate() -> None:
    query = ask("breakdown", dimension="path", metrics=METRICS, sort=Sort("views_per_visit", True))
    plan = make_plan(query, OWN, Size(1_000_000, 1_000_000), SAMPLE)
    estimated = round(ROW["visits_total"] * ROW["visits"] / ROW["visits_x"])
    assert compute(query, plan) == pytest.approx(ROW["page_views"] / estimated)


@pytest.mark.parametrize("metric", ["visits", "page_views", "events", *RATES])
def test_what_is_added_between_the_edges_counts_in_the_order_as_it_is_shown(
    metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, known in KNOWN.items():
        monkeypatch.setitem(ROW, f"{name}_known", known)
    days_and_a_part = replace(NOVEMBER, end=NOVEMBER.end - timedelta(hours=5))
    query = ask("breakdown", days_and_a_part, dimension="country", metrics=METRICS, sort=Sort(metric, True))
    size = Size(1_000_000, 1_000_000)
    plan = make_plan(query, OWN, size, SAMPLE, measure=lambda _: size)
    assert plan.adds_inner
    shown = measure(Counts("x", ROW), METRICS, plan, 0, 1).metrics[metric]
    assert compute(query, plan) == pytest.approx(shown if metric in COUNTS else 100 * shown)


def test_rows_that_are_equal_come_by_their_value_bytewise() -> None:
    query = ask("breakdown", dimension="country", sort=Sort("visits", False))
    assert (
        write_order(query, make_plan(query, OWN, Size(1, 1), EVERYTHING)) == 'visits asc nulls last, value collate "C"'
    )


def test_a_time_series_comes_by_its_buckets() -> None:
    query = ask("timeseries", sort=Sort("visits", True))
    assert write_order(query, make_plan(query, OWN, Size(1, 1), EVERYTHING)) == "value"
