"""A query with everything resolved: it no longer depends on the clock."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from common.filters.conditions import Filter
from common.imports.imported import Imported
from functions.stats.query.periods import Span
from functions.stats.query.zones import local_day, start_of_day

Kind = Literal["summary", "timeseries", "breakdown"]


@dataclass(frozen=True)
class Sort:
    """By which metric the rows of a breakdown come; equal ones by their value, bytewise."""

    metric: str
    is_descending: bool


MOST_VISITORS_FIRST = Sort("visitors", is_descending=True)


@dataclass(frozen=True)
class Query:
    """What is counted: metrics of a site's events in a range, by nothing, by time or by a dimension."""

    kind: Kind
    site_id: str
    span: Span
    zone: ZoneInfo
    metrics: tuple[str, ...]
    filters: Filter | None = None
    """Which events count; no condition in it names a goal or a segment."""
    written: Filter | None = None
    """The filters as the client wrote them, where they name any."""
    shown: Filter | None = None
    """What holds for every event that the caller may count; `filters` imply it. No estimate is held against more."""
    interval: str = ""
    buckets: tuple[datetime, ...] = ()
    """Where the buckets begin; the first perhaps before the range."""
    dimension: str = ""
    sort: Sort = MOST_VISITORS_FIRST
    limit: int = 100
    offset: int = 0
    compared: Span | None = None
    is_part_compared: bool = False
    """Whether that ends before its time, as the range itself has not ended."""
    compared_buckets: tuple[datetime, ...] = ()
    only: tuple[str, ...] | None = None
    """Values of the dimension to which a breakdown is held."""


UNTOLD_TITLE = "another tracker"


@dataclass(frozen=True)
class Site:
    """What a query needs to know of a site."""

    zone: ZoneInfo
    version: int = 0
    changed_at: datetime | None = None
    first_at: datetime | None = None
    """The quarter hour of its first event."""
    has_derived_visitors: bool = False
    imports: tuple[Imported, ...] = ()
    """Totals of days that other trackers counted."""
    secret: bytes = b""
    """For what is told of the site's definitions, at most 64 bytes."""

    def without_titles(self) -> "Site":
        """The site for who may not know where its imports come from."""
        return replace(self, imports=tuple(replace(one, title=UNTOLD_TITLE) for one in self.imports))

    def has_imported(self, span: Span) -> bool:
        """Whether imports count in a range: they do up to the day before its own first event."""
        first, last = local_day(span.start, self.zone), local_day(span.end - timedelta(microseconds=1), self.zone)
        if self.first_at is not None:
            last = min(last, local_day(self.first_at, self.zone) - timedelta(days=1))
        parts = (part for one in self.imports for part in one.parts.values())
        return first <= last and any(part.first <= last and part.last >= first for part in parts)

    @property
    def began_at(self) -> datetime | None:
        """When what is known of it begins: with its first event, or the first day that was imported."""
        imported = (start_of_day(part.first, self.zone) for one in self.imports for part in one.parts.values())
        return min((at for at in (self.first_at, *imported) if at is not None), default=None)

    @property
    def fresh_as_of(self) -> datetime | None:
        """When its figures changed last, by events or by an import."""
        changes = (self.changed_at, *(one.created_at for one in self.imports))
        return max((at for at in changes if at is not None), default=None)
