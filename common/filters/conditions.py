"""Conditions on the events that are counted: parsed from JSON, with bounds, and with a message for every fault.

A condition may name a goal or a segment of the site. Before events are counted, it is replaced by what that stands for.
"""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from common.errors import Fault
from common.filters import words

MAX_CONDITIONS = 20
MAX_DEPTH = 4
MAX_VALUES = 100
MAX_VALUE_BYTES = 2_000
MAX_PATTERN_BYTES = 1_000
"""Of all values of a query that are looked for within texts: each row costs the text's length times theirs."""
_SEARCHES = ("contains", "not_contains", "matches")

_SHAPE = (
    'A condition looks like {"dimension": "path", "operator": "is", "value": "/home"},'
    ' or {"and": [conditions]}, or {"or": [conditions]}.'
)


@dataclass(frozen=True)
class Condition:
    """One dimension compared with values, of which any may hold (with is_not and not_contains: none)."""

    dimension: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Junction:
    """Conditions of which all (and) or any (or) must hold."""

    kind: Literal["and", "or"]
    parts: tuple["Filter", ...]


@dataclass(frozen=True)
class OfVisit:
    """Holds for every event of a visit in which some event passes the filter, or with `has` false: none does.

    The whole visit is looked at, also before and after a query's range. An event without a visit is one by itself.
    """

    filter: "Filter"
    has: bool


Filter = Condition | Junction | OfVisit


def list_conditions(filter_: Filter | None) -> Iterator[Condition]:
    """Every condition in it on the event that is counted, not on others of its visit."""
    if isinstance(filter_, Condition):
        yield filter_
    elif isinstance(filter_, Junction):
        for part in filter_.parts:
            yield from list_conditions(part)


def list_of_visit(filter_: Filter | None) -> Iterator[OfVisit]:
    """Every condition in it on the event's visit as a whole."""
    if isinstance(filter_, OfVisit):
        yield filter_
    elif isinstance(filter_, Junction):
        for part in filter_.parts:
            yield from list_of_visit(part)


def list_all_conditions(filter_: Filter | None) -> Iterator[Condition]:
    """Every condition in it, whatever it is on."""
    yield from list_conditions(filter_)
    for part in list_of_visit(filter_):
        yield from list_all_conditions(part.filter)


def parse_filters(text: str, named: Collection[str] = tuple(words.NAMED)) -> tuple[Filter | None, list[Fault]]:
    """The conditions of the parameter `filters`, or what is wrong with it. `named`: which names it may have."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None, [Fault(f"A list of conditions in JSON. {_SHAPE}", parameter="filters")]
    faults: list[Fault] = []

    def add_fault(detail: str, pointer: str) -> None:
        faults.append(Fault(detail, pointer, "filters"))

    parts = _parse_list(content, "", 1, add_fault)
    parsed = Junction("and", parts) if parts else None
    if not faults and sum(1 for _ in list_conditions(parsed)) > MAX_CONDITIONS:
        add_fault(f"At most {MAX_CONDITIONS} conditions.", "")
    if not faults and sum_patterns(parsed) > MAX_PATTERN_BYTES:
        add_fault(f"The values of {', '.join(_SEARCHES)} have at most {MAX_PATTERN_BYTES:,} bytes together.", "")
    if not faults and (wrong := list_named(parsed) - set(named)):
        add_fault(f"These conditions can't name a {' or a '.join(sorted(wrong))}.", "")
    return (None if faults else parsed), faults


def list_named(filter_: Filter | None) -> set[str]:
    """Of what there is by name (goals, segments): what conditions in it name."""
    return {condition.dimension for condition in list_conditions(filter_)} & words.NAMED.keys()


def sum_patterns(filter_: Filter | None) -> int:
    """The bytes of all values that are looked for within texts."""
    searches = (condition for condition in list_all_conditions(filter_) if condition.operator in _SEARCHES)
    return sum(len(value.encode()) for condition in searches for value in condition.values)


AddFault = Callable[[str, str], None]


def _parse_list(content: Any, pointer: str, depth: int, add_fault: AddFault) -> tuple[Filter, ...]:
    if not isinstance(content, list) or len(content) > MAX_CONDITIONS or (pointer and not content):
        add_fault(f"A list of at most {MAX_CONDITIONS} conditions. {_SHAPE}", pointer)
        return ()
    parsed = (_parse_one(part, f"{pointer}/{index}", depth, add_fault) for index, part in enumerate(content))
    return tuple(part for part in parsed if part is not None)


def _parse_one(content: Any, pointer: str, depth: int, add_fault: AddFault) -> Filter | None:
    if isinstance(content, dict) and len(content) == 1 and (kind := next(iter(content))) in ("and", "or"):
        if depth >= MAX_DEPTH:
            add_fault(f"Conditions nest at most {MAX_DEPTH} deep.", pointer)
            return None
        return Junction(kind, _parse_list(content[kind], f"{pointer}/{kind}", depth + 1, add_fault))
    if not isinstance(content, dict) or content.keys() != {"dimension", "operator", "value"}:
        add_fault(_SHAPE, pointer)
        return None
    return _parse_condition(content, pointer, add_fault)


def _parse_condition(content: dict[str, Any], pointer: str, add_fault: AddFault) -> Condition | None:
    dimension, operator, value = content["dimension"], content["operator"], content["value"]
    values = value if isinstance(value, list) else [value]
    found = True
    is_named = isinstance(dimension, str) and dimension in words.NAMED
    if not is_named and not is_known_dimension(dimension):
        add_fault(f"{describe_dimensions()} A condition may also be about a goal or a segment.", f"{pointer}/dimension")
        found = False
    operators = words.NAMED[dimension] if is_named else words.OPERATORS
    if operator not in operators:
        add_fault(f"One of {', '.join(operators)}.", f"{pointer}/operator")
        found = False
    if not 1 <= len(values) <= MAX_VALUES or not all(words.is_text(one, MAX_VALUE_BYTES) for one in values):
        detail = f"A text of 1 to {MAX_VALUE_BYTES:,} bytes without U+0000, or a list of 1 to {MAX_VALUES} of them."
        add_fault(detail, f"{pointer}/value")
        found = False
    return Condition(dimension, operator, tuple(values)) if found else None


def is_known_dimension(dimension: Any) -> bool:
    """Whether a client's value names a dimension."""
    return words.is_text(dimension, 100) and words.is_dimension(dimension)


def describe_dimensions() -> str:
    """What is supported, for a fault."""
    return f"One of {', '.join(words.DIMENSIONS)} or props.<key>."
