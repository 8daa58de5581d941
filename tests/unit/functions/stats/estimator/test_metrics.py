"""What figures become of counts, and of what is known beside them."""

from dataclasses import replace

from functions.stats.estimator.budgets import DEFAULT, POPULATION, Size
from functions.stats.estimator.columns import Counts
from functions.stats.estimator.metrics import measure
from functions.stats.estimator.planner import make_plan
from tests.unit.functions.stats.estimator.asking import OWN, ask, both, hold


def test_what_is_known_counts_in_a_rate_though_nothing_is_known_of_what_it_is_divided_by() -> None:
    """A page was seen first on one day, and scrolled on the next: the second day has depth without a view."""
    query = ask(metrics=("scroll_depth",), filters=both(hold("country", "DE"), hold("path", "/home")))
    plan = replace(make_plan(query, OWN, Size(1 << 30, 1 << 30), DEFAULT), sample_below=POPULATION, adds_inner=True)
    drawn: dict[str, float] = {"visitors": 1, "reports": 1, "scrolled_engaged_views": 80, "scrolled_known": 15}
    for name, y in (("scrolled", 80), ("engaged_views", 1)):
        drawn |= {name: y, f"{name}_x": y, f"{name}_total": y}
        drawn |= {f"{name}_{moment}": y * y for moment in ("yy", "xx", "xy")}
    row = measure(Counts("", drawn), ("scroll_depth",), plan, 0, 1)
    assert row.metrics["scroll_depth"] == 95
