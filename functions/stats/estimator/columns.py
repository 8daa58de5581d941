"""The columns of a row as it is read, and the SQL of those that a sample adds.

Each measure y has these columns, named by a suffix:

    (none)    the sum of y, over the rows that were read or from a rollup
    _yy       the second moment: the sum over the sampled visitors of y squared
    _visits   the sum of y * visits, for the ratio of both; also _engaged_views
    _x        the sum of the control variate x: what the visitor has of a measure whose total a rollup knows
    _xx, _xy  the sums of x squared, and of x * y
    _total    the total of x over everybody, from the rollup
    _known    where all these are of the edges of the range: the sum of y between them, from the rollup

`visitors` is a measure too: y is one for each visitor. Its x is the visitor's days or visits, and the total is
`visitor_days` or `visits`. `visitor_days` is the sum of the days' visitors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from common.event import MAX_ENGAGED_MS
from functions.stats.estimator.estimates import Moments
from functions.stats.estimator.plan import MEASURES, VIEWS, Plan
from functions.stats.estimator.rollups import is_of_events

RATIOS = (
    *((name, "visits") for name in ("page_views", "bounces", "duration_ms", "engaged_ms")),
    *((name, "engaged_views") for name in ("engaged_ms", "scrolled")),
)
"""What is divided by what."""
_MOST = {"engaged_ms": MAX_ENGAGED_MS, "scrolled": 100}
"""The most that one event may have of a measure; of the others it is one."""


@dataclass(frozen=True)
class Counts:
    """A row as it was read. A column that the plan does not read, or that is null, counts as zero."""

    value: Any = ""
    columns: Mapping[str, Any] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """What was counted."""
        return self.columns.get(name) or 0

    def known(self, measure: str) -> int:
        """What is to be added to what was counted."""
        return self.count(f"{measure}_known")

    def moments(self, measure: str) -> Moments:
        """Of a measure and its control variate."""
        x, yy, xx, xy = (self._moment(f"{measure}_{suffix}") for suffix in ("x", "yy", "xx", "xy"))
        return Moments(self.count(measure), x, yy, xx, xy)

    def moments_of_ratio(self, measure: str, by: str) -> Moments:
        """Of a measure and of what it is divided by."""
        yy, xx, xy = (self._moment(name) for name in (f"{measure}_yy", f"{by}_yy", f"{measure}_{by}"))
        return Moments(self.count(measure), self.count(by), yy, xx, xy)

    def visitor_moments(self) -> Moments:
        """Of visitors and their days, or visits: each visitor counts one."""
        y, x = self.count("visitors"), self._moment("visitors_x")
        return Moments(y, x, y, self._moment("visitors_xx"), x)

    def total(self, measure: str, plan: Plan) -> float:
        """The total of the control variate; infinite where there is none."""
        return self._moment(f"{measure}_total") if measure in list_controlled(plan) else inf

    def _moment(self, name: str) -> float:
        return self.columns.get(name) or 0.0


def write_sums(plan: Plan) -> dict[str, str]:
    """By column: what is summed over visitors, from what each of them did (y) and, as `all_…`, has of what is known."""
    sums = {name: f"cast(sum({name}) as bigint)" for name in MEASURES}
    if plan.is_sample:
        sums |= {f"{name}_yy": _sum_products(name, name) for name in MEASURES}
        sums |= {f"{name}_{by}": _sum_products(name, by) for name, by in RATIOS}
    if plan.control is not None:
        for name, control in list_controlled(plan).items():
            x = f"all_{control}"
            sums[f"{name}_x"] = f"cast(sum({x}) as double precision)"
            sums[f"{name}_xx"] = _sum_products(x, x)
            sums[f"{name}_xy"] = _sum_products(x, name)
    return sums


def list_moments(plan: Plan) -> list[str]:
    """The columns that a sample adds to the sums of measures."""
    if not plan.is_sample:
        return []
    if plan.is_all_exact:
        return ["visitors_x", "visitors_xx"]
    return [name for name in write_sums(plan) if name not in MEASURES]


def list_controlled(plan: Plan) -> dict[str, str]:
    """The measures that have a control variate, and of which measure of the rollup it is.

    The rollup of a dimension of events has no visits. Each visit has an event or a report of engagement at least, so
    both together stand in for visits and bounces. Nothing stands in for how long visits lasted.
    """
    if plan.control is None:
        return {}
    if is_of_events(plan.control):
        return {name: name for name in VIEWS} | {"visits": "occurrences", "bounces": "occurrences"}
    return {name: name for name in MEASURES}


def _sum_products(one: str, other: str) -> str:
    """The sum over visitors of a product.

    An event without a visitor is drawn on its own and counts as a visitor of its own, though these events are summed up
    before. It has no visit, and each other count of it is 0 or 1, with `other` never more than `one`. So the product is
    `other`. Engagement has larger figures: their squares are bounded from above, and
    their other products are taken for zero, so that errors come out larger, never smaller.
    """
    heavy = _MOST.keys() & {one.removeprefix("all_"), other.removeprefix("all_")}
    alone = other
    if heavy:
        alone = f"{_MOST[heavy.pop()]} * cast({other} as double precision)" if one == other else "0"
    return f"sum(case when visitor is null then {alone} else {one} * cast({other} as double precision) end)"
