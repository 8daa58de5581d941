"""What a funnel asks: its steps, in which order, within what, and what ends an attempt. Every fault is named."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from common.errors import Fault
from common.filters.conditions import MAX_PATTERN_BYTES, Filter, list_conditions, parse_filters, sum_patterns

FEWEST_STEPS, MOST_STEPS = 2, 8
MOST_CONDITIONS = 40
"""Of all steps and the exclusion together: each row that is read is held against all of them."""
VISIT = "visit"
LONGEST_WINDOW = timedelta(days=366)
Mode = Literal["ordered", "strict", "any"]
MODES: tuple[Mode, ...] = get_args(Mode)

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_STEPS = f"A list of {FEWEST_STEPS} to {MOST_STEPS} steps in JSON, each a list of conditions as in `filters`."
_WITHIN = "`visit`, or a time from the first step on, up to 366 days, such as 30m, 12h or 7d."


@dataclass(frozen=True)
class Definition:
    """What must hold for the event of each step; all events of an attempt lie within a visit, or within `window`."""

    steps: tuple[Filter, ...]
    mode: Mode = "ordered"
    window: timedelta | None = None
    """From the first step on; None: a visit."""
    exclude: Filter | None = None
    """An event that passes it ends the attempt."""


def parse_definition(steps: str, mode: str, within: str, exclude: str) -> tuple[Definition | None, list[Fault]]:
    """The definition in these texts (lists in JSON), or what is wrong: the pointers begin with the member's name."""
    faults: list[Fault] = []
    parsed = tuple(_parse_steps(steps, faults))
    if mode not in MODES:
        faults.append(Fault(f"One of {', '.join(MODES)}.", "/mode"))
    window = None if within == VISIT else _parse_window(within)
    if within != VISIT and window is None:
        faults.append(Fault(_WITHIN, "/within"))
    excluded, found = parse_filters(exclude)
    faults += [Fault(fault.detail, f"/exclude{fault.pointer}") for fault in found]
    if not faults:
        faults += _weigh([*parsed, *([excluded] if excluded else [])])
    if faults:
        return None, faults
    [known] = [one for one in MODES if one == mode]
    return Definition(parsed, known, window, excluded), []


def _parse_steps(text: str, faults: list[Fault]) -> Iterator[Filter]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, list) or not FEWEST_STEPS <= len(content) <= MOST_STEPS:
        faults.append(Fault(_STEPS, "/steps"))
        return
    for index, step in enumerate(content):
        parsed, found = parse_filters(json.dumps(step))
        faults += [Fault(fault.detail, f"/steps/{index}{fault.pointer}") for fault in found]
        if parsed is not None:
            yield parsed
        elif not found:
            faults.append(Fault("At least one condition.", f"/steps/{index}"))


def _parse_window(text: str) -> timedelta | None:
    found = re.fullmatch("([1-9][0-9]{0,5})([mhd])", text)
    if found is None:
        return None
    window = timedelta(**{_UNITS[found[2]]: int(found[1])})
    return window if window <= LONGEST_WINDOW else None


def _weigh(filters: list[Filter]) -> list[Fault]:
    """Whether all of it together is too much to hold each event against."""
    faults = []
    if sum(1 for one in filters for _ in list_conditions(one)) > MOST_CONDITIONS:
        faults.append(Fault(f"At most {MOST_CONDITIONS} conditions in all steps and the exclusion together.", "/steps"))
    if sum(map(sum_patterns, filters)) > MAX_PATTERN_BYTES:
        detail = (
            f"Texts that are looked for within others have at most {MAX_PATTERN_BYTES:,} bytes in all steps together."
        )
        faults.append(Fault(detail, "/steps"))
    return faults
