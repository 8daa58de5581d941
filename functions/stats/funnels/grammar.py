"""Turns the query string of /v1/stats/funnel into what is asked. Every fault is named."""

from dataclasses import dataclass

from starlette.datastructures import QueryParams

from common.errors import Fault
from common.filters.conditions import describe_dimensions, is_known_dimension, parse_filters
from common.funnels.definition import VISIT, Definition, parse_definition
from functions.stats.query import names
from functions.stats.query.bounds import parse_bounds
from functions.stats.query.faults import Faults
from functions.stats.query.grammar import DEFAULT_PERIOD, Asked
from functions.stats.query.model import Sort

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
    definition = _parse_definition(query, faults)
    asked = Asked(
        kind="summary",
        site_id=site_id,
        period="" if bounds else faults.choose("period", names.PERIODS, DEFAULT_PERIOD),
        bounds=bounds,
        zone=zone,
        metrics=(),
        filters=filters,
        interval="",
        dimension=dimension,
        sort=Sort("visitors", True),
        limit=faults.count("limit", 10, 1, MOST_VALUES),
        offset=0,
        compare="",
        format="",
    )
    faults.check()
    return AskedFunnel(asked, query.get("funnel", ""), definition)


def _parse_definition(query: QueryParams, faults: Faults) -> Definition | None:
    if "funnel" in query:
        for name in _DEFINING:
            if name in query:
                faults.add("Either a funnel by its name, or what defines one.", name)
        return None
    definition, found = parse_definition(
        query.get("steps", ""), query.get("mode", "ordered"), query.get("within", VISIT), query.get("exclude", "[]")
    )
    for fault in found:
        name, _, rest = fault.pointer.removeprefix("/").partition("/")
        faults.found.append(Fault(fault.detail, f"/{rest}" if rest else "", name))
    return definition
