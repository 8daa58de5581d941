"""Turns the query string of /v1/stats/funnel into what is asked. Every fault is named."""

from dataclasses import dataclass, replace

from starlette.datastructures import QueryParams

from common.errors import Fault
from common.funnels.definition import VISIT, Definition, parse_definition
from functions.stats.query.faults import Faults
from functions.stats.query.grammar import Asked, parse_events, parse_value_dimension

MOST_VALUES = 100
_DEFINING = ("steps", "mode", "within", "exclude")


@dataclass(frozen=True)
class AskedFunnel:
    """A query about events, and a funnel: its name where it is kept, else its definition."""

    asked: Asked
    name: str
    definition: Definition | None


def parse_funnel(query: QueryParams) -> AskedFunnel:
    """What is asked; raises InvalidInput that names every fault."""
    faults = Faults(query, "funnel")
    asked = replace(
        parse_events(query, faults),
        dimension=parse_value_dimension(query, faults),
        limit=faults.count("limit", 10, 1, MOST_VALUES),
    )
    definition = _parse_definition(query, faults)
    faults.check()
    return AskedFunnel(asked, query.get("funnel", ""), definition)


def _parse_definition(query: QueryParams, faults: Faults) -> Definition | None:
    if "funnel" in query:
        for name in _DEFINING:
            if name in query:
                faults.add("Leave this out, or leave out `funnel`: a funnel that the site keeps has its own.", name)
        return None
    definition, found = parse_definition(
        query.get("steps", ""), query.get("mode", "ordered"), query.get("within", VISIT), query.get("exclude", "[]")
    )
    for fault in found:
        name, _, rest = fault.pointer.removeprefix("/").partition("/")
        faults.found.append(Fault(fault.detail, f"/{rest}" if rest else "", name))
    return definition
