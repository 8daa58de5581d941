"""A segment: a filter with a name, and what is wrong with one."""

import json
from dataclasses import dataclass
from typing import Any

from common.errors import Fault, InvalidInput
from common.filters.conditions import Filter, parse_filters
from common.filters.words import DESCRIBED_NAME, is_name

MOST_SEGMENTS = 50
"""Of a site."""
NAMED = ("goal",)
"""What its conditions may name: no segment, so that none is part of itself."""


@dataclass(frozen=True)
class Segment:
    """Conditions that must all hold."""

    name: str
    filters: str
    """In JSON, as in a query."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"name": self.name, "filters": json.loads(self.filters)}

    @property
    def condition(self) -> Filter | None:
        """What holds for its events; None: this version can't read it."""
        return parse_filters(self.filters, NAMED)[0]


def check_segment(segment: Segment) -> None:
    """Raises InvalidInput that names every fault."""
    faults = [] if is_name(segment.name) else [Fault(DESCRIBED_NAME, "/name")]
    filters, found = parse_filters(segment.filters, NAMED)
    faults += [Fault(fault.detail, f"/filters{fault.pointer}") for fault in found]
    if filters is None and not found:
        faults.append(Fault("One condition or more.", "/filters"))
    if faults:
        raise InvalidInput("The segment can't be saved.", tuple(faults[:20]))
