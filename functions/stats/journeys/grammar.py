"""Turns the query string of /v1/stats/journeys into what is asked. Every fault is named."""

import json
from dataclasses import dataclass, replace
from typing import Literal, get_args

from starlette.datastructures import QueryParams

from common.event import MAX_PATH_BYTES
from common.filters import words
from common.filters.conditions import MAX_PATTERN_BYTES, Filter, parse_filters
from functions.stats.query.faults import Faults
from functions.stats.query.grammar import Asked, parse_events
from functions.stats.query.model import Sort

Nodes = Literal["all", "pages"]
NODES: tuple[Nodes, ...] = get_args(Nodes)
SHORTEST, LONGEST = 2, 10
MOST_WAYS = 100
MOST_PREFIXES = 20


@dataclass(frozen=True)
class AskedJourneys:
    """A query about events, and from or to where the ways lead; neither: from where the visits begin."""

    asked: Asked
    start: Filter | None
    end: Filter | None
    depth: int
    nodes: str
    prefixes: tuple[str, ...]
    """Pages whose path begins with one of these are one place."""


def parse_journeys(query: QueryParams) -> AskedJourneys:
    """What is asked; raises InvalidInput that names every fault."""
    faults = Faults(query, "journeys")
    asked = replace(
        parse_events(query, faults), sort=Sort("visits", True), limit=faults.count("limit", 20, 1, MOST_WAYS)
    )
    start, end = (_parse_conditions(name, query, faults) for name in ("start", "end"))
    if "start" in query and "end" in query:
        faults.add("Either `start` or `end`.", "end")
    depth, nodes = faults.count("depth", 5, SHORTEST, LONGEST), faults.choose("nodes", NODES, "all")
    prefixes = _parse_prefixes(query, faults)
    faults.check()
    return AskedJourneys(asked, start, end, depth, nodes, prefixes)


def _parse_conditions(name: str, query: QueryParams, faults: Faults) -> Filter | None:
    if name not in query:
        return None
    parsed, found = parse_filters(query[name])
    for fault in found:
        faults.found.append(type(fault)(fault.detail, fault.pointer, name))
    if parsed is None and not found:
        faults.add("At least one condition.", name)
    return parsed


def _parse_prefixes(query: QueryParams, faults: Faults) -> tuple[str, ...]:
    if "prefixes" not in query:
        return ()
    try:
        content = json.loads(query["prefixes"])
    except (ValueError, RecursionError):
        content = None
    is_list = isinstance(content, list) and len(content) <= MOST_PREFIXES
    if not is_list or not all(words.is_text(one, MAX_PATH_BYTES) for one in content):
        faults.add(f'A list of at most {MOST_PREFIXES} beginnings of paths in JSON, such as ["/docs/"].', "prefixes")
        return ()
    if sum(len(one.encode()) for one in content) > MAX_PATTERN_BYTES:
        faults.add(f"At most {MAX_PATTERN_BYTES:,} bytes together.", "prefixes")
    return tuple(content)
