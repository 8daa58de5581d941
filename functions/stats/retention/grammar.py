"""Turns the query string of /v1/stats/retention into what is asked. Every fault is named."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from starlette.datastructures import QueryParams

from common.errors import Fault, InvalidInput
from functions.stats.query.buckets import list_buckets
from functions.stats.query.faults import Faults
from functions.stats.query.grammar import Asked, parse_events
from functions.stats.query.model import Query
from functions.stats.query.periods import Span

Unit = Literal["day", "week", "month"]
By = Literal["first_ever", "first_in_range"]
UNITS: tuple[Unit, ...] = get_args(Unit)
FIRSTS: tuple[By, ...] = get_args(By)
MOST_PERIODS = 100
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class AskedRetention:
    """A query about events, and how they make cohorts."""

    asked: Asked
    unit: str
    by: str
    goal: str
    """The name of the goal that makes a return; empty: any event does."""


def parse_retention(query: QueryParams) -> AskedRetention:
    """What is asked; raises InvalidInput that names every fault."""
    faults = Faults(query, "retention")
    asked = parse_events(query, faults)
    unit, by = faults.choose("unit", UNITS, "week"), faults.choose("by", FIRSTS, "first_ever")
    faults.check()
    return AskedRetention(asked, unit, by, query.get("goal", ""))


@dataclass(frozen=True)
class Period:
    """A day, week or month, cut to the range."""

    begins: datetime
    """Of the whole of it: perhaps before the range."""
    start: datetime
    end: datetime
    is_over: bool
    """Whether all of it is past, and in the range to its end."""


def list_periods(query: Query, unit: str, now: datetime) -> list[Period]:
    """Those of a query's range. Raises InvalidInput for too many."""
    span = query.span
    # where the range ends with a period, the instant after it begins another one
    begins = list_buckets(Span(span.start, span.end + _MICROSECOND), unit, query.zone)
    if begins is None or len(begins) > MOST_PERIODS + 1:
        detail = f"A range has at most {MOST_PERIODS} of them: ask about longer ones, or about fewer days."
        raise InvalidInput("The query is not valid.", (Fault(detail, parameter="unit"),))
    ends_with_period = begins[-1] == span.end
    if ends_with_period:
        begins.pop()
    return [
        Period(
            begin,
            max(begin, span.start),
            end := begins[number + 1] if number + 1 < len(begins) else span.end,
            is_over=end <= now and (end < span.end or ends_with_period),
        )
        for number, begin in enumerate(begins)
    ]
