"""A goal: its definition, what is wrong with one, and the filter that it stands for."""

import json
from dataclasses import dataclass
from typing import Any

from common.errors import Fault, InvalidInput
from common.event import ENGAGEMENT, MAX_NAME_BYTES
from common.filters.conditions import MAX_PATTERN_BYTES, Condition, Filter, Junction, parse_filters
from common.filters.words import DESCRIBED_NAME, is_name, is_text

MOST_GOALS = 20
"""Of a site: each is a query of its own."""


@dataclass(frozen=True)
class Goal:
    """An event, or page views of a path; what else must hold; and whether revenue is shown beside it."""

    name: str
    event: str | None = None
    path: str | None = None
    """A glob: `*` is any run of characters, `?` any one."""
    filters: str = "[]"
    """Conditions in JSON, as in a query."""
    has_revenue: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        target = {"path": self.path} if self.event is None else {"event": self.event}
        return {"name": self.name, **target, "filters": json.loads(self.filters), "has_revenue": self.has_revenue}

    @property
    def condition(self) -> Filter:
        """What holds for an event that reaches the goal: a conversion. Only a page view reaches a path."""
        if self.event is not None:
            target: tuple[Filter, ...] = (Condition("event_type", "is", (self.event,)),)
        else:
            target = (
                Condition("event_type", "is", ("page_view",)),
                Condition("path", "matches", (self.path or "",)),
            )
        filters, _ = parse_filters(self.filters, named=())
        parts = target if filters is None else (*target, filters)
        return parts[0] if len(parts) == 1 else Junction("and", parts)


def check_goal(goal: Goal) -> None:
    """Raises InvalidInput that names every fault."""
    faults = [] if is_name(goal.name) else [Fault(DESCRIBED_NAME, "/name")]
    if (goal.event is None) == (goal.path is None):
        faults.append(Fault("Either the type of an event, or a path: one of them, not both.", "/event"))
    elif goal.event is not None and (goal.event == ENGAGEMENT or not is_text(goal.event, MAX_NAME_BYTES)):
        faults.append(Fault(f"The type of an event, 1 to {MAX_NAME_BYTES} bytes; not {ENGAGEMENT}.", "/event"))
    elif goal.path is not None and not is_text(goal.path, MAX_PATTERN_BYTES):
        detail = f"A path such as /thanks or /docs/*, 1 to {MAX_PATTERN_BYTES:,} bytes."
        faults.append(Fault(detail, "/path"))
    _, found = parse_filters(goal.filters, named=())
    faults += [Fault(fault.detail, f"/filters{fault.pointer}") for fault in found]
    if faults:
        raise InvalidInput("The goal can't be saved.", tuple(faults[:20]))
