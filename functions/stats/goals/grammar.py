"""Turns the query string of /v1/stats/goals into what is asked. Every fault is named."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from common.errors import Fault, InvalidInput
from common.filters.conditions import describe_dimensions, is_known_dimension, parse_filters
from common.goals.goal import Goal
from functions.stats.query import names
from functions.stats.query.bounds import parse_bounds
from functions.stats.query.faults import Faults
from functions.stats.query.grammar import DEFAULT_LIMIT, DEFAULT_PERIOD, MAX_LIMIT, Asked
from functions.stats.query.model import Sort

METRICS = ("visitors", "visits", "events")
"""What is counted of a goal; the last are its conversions."""


@dataclass(frozen=True)
class AskedGoals:
    """A query about events that reach a goal, but for the goal; and which goals, none for all of them."""

    asked: Asked
    names: tuple[str, ...]

    def select(self, goals: Sequence[Goal]) -> list[Goal]:
        """Those that are asked about. Raises InvalidInput for one that the site does not have."""
        known = {goal.name for goal in goals}
        if not set(self.names) <= known:
            detail = f"Goals of the site, with commas between: {', '.join(sorted(known)) or 'it has none'}."
            raise InvalidInput("The query is not valid.", (Fault(detail, parameter="goal"),))
        return [goal for goal in goals if not self.names or goal.name in self.names]


def parse_goals(query: QueryParams) -> AskedGoals:
    """What is asked; raises InvalidInput that names every fault."""
    faults = Faults(query, "goals")
    site_id, zone = faults.site(), faults.zone()
    bounds = parse_bounds(query, faults)
    dimension = query.get("dimension", "")
    if "dimension" in query and not is_known_dimension(dimension):
        faults.add(describe_dimensions(), "dimension")
    if "limit" in query and "dimension" not in query:
        faults.add("Only with `dimension`.", "limit")
    filters = None
    if "filters" in query:
        filters, found = parse_filters(query["filters"])
        faults.found += found
    asked = Asked(
        kind="breakdown" if dimension else "summary",
        site_id=site_id,
        period="" if bounds else faults.choose("period", names.PERIODS, DEFAULT_PERIOD),
        bounds=bounds,
        zone=zone,
        metrics=METRICS,
        filters=filters,
        interval="",
        dimension=dimension,
        sort=Sort("events", True),
        limit=faults.count("limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
        offset=0,
        compare=faults.choose("compare", names.COMPARISONS),
        format="",
    )
    faults.check()
    return AskedGoals(asked, tuple(query["goal"].split(",")) if "goal" in query else ())
