"""Turns the query string of /v1/stats/goals into what is asked. Every fault is named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.datastructures import QueryParams

from common.errors import Fault, InvalidInput
from common.goals.goal import Goal
from functions.stats.query import names
from functions.stats.query.faults import Faults
from functions.stats.query.grammar import DEFAULT_LIMIT, MAX_LIMIT, Asked, parse_events, parse_value_dimension
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
    dimension = parse_value_dimension(query, faults)
    asked = replace(
        parse_events(query, faults),
        kind="breakdown" if dimension else "summary",
        metrics=METRICS,
        dimension=dimension,
        sort=Sort("events", True),
        limit=faults.count("limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
        compare=faults.choose("compare", names.COMPARISONS),
    )
    faults.check()
    return AskedGoals(asked, tuple(query["goal"].split(",")) if "goal" in query else ())
