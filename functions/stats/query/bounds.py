"""The parameters from and to: two days, or two instants."""

import re
from datetime import UTC, date, datetime

from starlette.datastructures import QueryParams

from common.event import EARLIEST, LATEST
from functions.stats.query.faults import Faults

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_BOUND = "A day such as 2025-11-12, or an instant such as 2025-11-12T10:00:00Z, from 1970 to 2199."

Bound = date | datetime


def parse_bounds(query: QueryParams, faults: Faults) -> tuple[Bound, Bound] | None:
    """Both, or nothing where neither is given or one has a fault."""
    if "from" not in query and "to" not in query:
        return None
    if "period" in query:
        faults.add("Either a period, or from and to.", "period")
    start, end = (_parse_bound(query.get(name, "")) for name in ("from", "to"))
    for name, bound in (("from", start), ("to", end)):
        if bound is None:
            faults.add(_BOUND, name)
    if start is None or end is None:
        return None
    if isinstance(start, datetime) != isinstance(end, datetime):
        faults.add("Like `from`: both days, or both instants.", "to")
    elif start > end:
        faults.add("After `from`.", "to")
    return start, end


def _parse_bound(text: str) -> Bound | None:
    bound: Bound
    try:
        if _DAY.fullmatch(text):
            bound = date.fromisoformat(text)
            return bound if EARLIEST.date() <= bound < LATEST.date() else None
        if not _INSTANT.fullmatch(text):
            return None
        bound = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return bound if EARLIEST <= bound <= LATEST else None
