"""Queries about a site in Berlin in November 2025, for tests of how they are answered."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from common.filters.conditions import Condition, Filter, Junction
from functions.stats.query.model import Kind, Query
from functions.stats.query.periods import Span, span_days

OWN = ZoneInfo("Europe/Berlin")
NOVEMBER = span_days(date(2025, 11, 1), date(2025, 12, 1), OWN)
ONE_DAY = span_days(date(2025, 11, 12), date(2025, 11, 13), OWN)
TEN_PAST = datetime(2025, 11, 12, 10, 10, tzinfo=UTC)
MINUTES = Span(TEN_PAST, TEN_PAST + timedelta(minutes=10))


def ask(kind: Kind = "summary", span: Span = NOVEMBER, **asked: Any) -> Query:
    query = Query(kind, "blog", span, OWN, asked.pop("metrics", ("visitors", "visits", "page_views")))
    return replace(query, **asked)


def hold(dimension: str, *values: str, operator: str = "is") -> Condition:
    return Condition(dimension, operator, values)


def both(*parts: Filter) -> Junction:
    return Junction("and", parts)


def either(*parts: Filter) -> Junction:
    return Junction("or", parts)
