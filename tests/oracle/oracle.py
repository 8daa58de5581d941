"""What /v1/stats should answer, counted anew from the raw events for every query: slow, plain, exact.

Shares no code with the project. An event is the dictionary that is queued. A query is the dictionary of the API's
parameters, all of them strings; what has no meaning is not checked here.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.oracle.ranges import Range, find_bucket, list_buckets, resolve_compared, resolve_range

MOST_IDLE = timedelta(minutes=30)
EVENT_DIMENSIONS = ("path", "hostname", "event_type")
SUMMARY = "visitors,visits,page_views,bounce_rate,visit_duration"

Answer = dict[str, Any]


@dataclass(eq=False)
class Event:
    """A distinct event, and the visit that it is part of."""

    at: datetime
    id: UUID
    fields: dict[str, Any]
    visitor: str | None
    visit: "Visit | None" = None

    def value(self, dimension: str) -> str | None:
        """None where it has none."""
        if dimension.startswith("props."):
            return self.fields.get("props", {}).get(dimension.removeprefix("props."))
        if dimension == "event_type" and is_report(self):
            return None
        if dimension in EVENT_DIMENSIONS or (self.visit is None and dimension not in ("entry", "exit")):
            return self.fields.get(dimension)
        return self.visit.value(dimension) if self.visit else None


@dataclass(eq=False)
class Visit:
    """Events of one visitor, none more than 30 minutes after the one before."""

    events: list[Event] = field(default_factory=list)

    @property
    def start(self) -> datetime:
        return self.events[0].at

    @property
    def milliseconds(self) -> int:
        return (self.events[-1].at - self.start) // timedelta(milliseconds=1)

    def value(self, dimension: str) -> str | None:
        if dimension in ("entry", "exit"):
            views = [(event.at, event.fields["path"].encode()) for event in self.events if is_view(event)]
            if not views:
                return None
            if dimension == "entry":
                return min(views)[1].decode()
            return max(views)[1].decode()
        return self.events[0].fields.get(dimension)


def is_report(event: Event) -> bool:
    """Whether it only says how long a page was looked at."""
    return "engaged_ms" in event.fields


def is_interactive(event: Event) -> bool:
    """Whether it ends a bounce where it comes second."""
    return not is_report(event) and event.fields.get("interactive", True)


def is_view(event: Event) -> bool:
    return event.fields["event_type"] == "page_view"


class Site:
    """The events of one site, in the order in which they were delivered, repeats and filtered ones too."""

    def __init__(self, delivered: Iterable[dict[str, Any]], time_zone: str = "UTC") -> None:
        self.zone = ZoneInfo(time_zone)
        distinct: dict[tuple[datetime, UUID], Event] = {}
        for fields in delivered:
            if "filtered" not in fields:
                at, key = datetime.fromisoformat(fields["timestamp"]), UUID(fields["event_id"])
                event = Event(at, key, fields, who(fields))
                distinct.setdefault((event.at, event.id), event)
        self.events = [distinct[key] for key in sorted(distinct)]
        join_visitors(self.events)
        self.visits = cut_visits(self.events)
        self.goals: dict[str, list[Any]] = {}
        """By name: the conditions of an event that reaches it."""
        self.segments: dict[str, list[Any]] = {}
        """By name: its conditions."""

    def answer(self, endpoint: str, query: dict[str, str], now: datetime) -> Answer:
        """`data`; of a breakdown `total`; where it compares, `comparison` (of a breakdown in each row), `change`."""
        zone = ZoneInfo(query["timezone"]) if "timezone" in query else self.zone
        span = resolve_range(query, zone, now, self.events[0].at if self.events else now)
        earlier = resolve_compared(endpoint, query, span, now) if "compare" in query else None
        if endpoint == "breakdown":
            return self.breakdown(query, span, earlier)
        if endpoint == "timeseries":
            interval = span.interval(query.get("interval"))
            ranges = {"data": span, **({"comparison": earlier} if earlier else {})}
            return {name: self.list_rows(query, one, interval) for name, one in ranges.items()}
        data = self.measure(query, span)
        if earlier is None:
            return {"data": data}
        before = self.measure(query, earlier)
        change = {name: change_in_percent(before[name], data[name]) for name in data if name != "revenue"}
        return {"data": data, "comparison": before, "change": change}

    def select(self, query: dict[str, str], span: Range) -> list[Event]:
        conditions = json.loads(query.get("filters", "[]"))
        in_range = [event for event in self.events if span.start <= event.at < span.end]
        return [event for event in in_range if all(self.passes(event, condition) for condition in conditions)]

    def passes(self, event: Event, condition: dict[str, Any]) -> bool:
        """A condition that may name a goal or a segment."""
        if "and" in condition or "or" in condition:
            kind = "and" if "and" in condition else "or"
            return {"and": all, "or": any}[kind](self.passes(event, part) for part in condition[kind])
        if condition["dimension"] == "segment":
            return any(self.is_all(event, self.segments[name]) for name in list_names(condition))
        if condition["dimension"] != "goal":
            return passes(event, condition)
        looked_at = [event] if condition["operator"] == "is" or event.visit is None else event.visit.events
        goals = [self.goals[name] for name in list_names(condition)]
        found = any(self.is_all(one, goal) for one in looked_at for goal in goals)
        return found is (condition["operator"] != "has_not")

    def is_all(self, event: Event, conditions: list[Any]) -> bool:
        return all(self.passes(event, condition) for condition in conditions)

    def is_about_pages(self, query: dict[str, str]) -> bool:
        """Whether it names a dimension that events have of their own."""
        named = [query["dimension"]] if "dimension" in query else []
        named += self.list_dimensions(json.loads(query.get("filters", "[]")))
        return any(name in EVENT_DIMENSIONS or name.startswith("props.") for name in named)

    def list_dimensions(self, conditions: list[Any]) -> list[str]:
        """Those that say something of the event itself: that its visit has a goal does not."""
        found: list[str] = []
        for condition in conditions:
            if parts := condition.get("and", condition.get("or")):
                found += self.list_dimensions(parts)
            elif condition["dimension"] == "segment":
                for name in list_names(condition):
                    found += self.list_dimensions(self.segments[name])
            elif condition["dimension"] != "goal":
                found.append(condition["dimension"])
            elif condition["operator"] == "is":
                found.append("event_type")
        return found

    def measure(self, query: dict[str, str], span: Range) -> Answer:
        return measure(self.select(query, span), list_metrics(query), span.holds, self.is_about_pages(query))

    def list_rows(self, query: dict[str, str], span: Range, interval: str) -> list[Answer]:
        buckets: dict[datetime, list[Event]] = {start: [] for start in list_buckets(span, interval)}
        for event in self.select(query, span):
            buckets[find_bucket(event.at, span.zone, interval)].append(event)
        rows = []
        for start, events in buckets.items():

            def holds(at: datetime, start: datetime = start) -> bool:
                return span.holds(at) and find_bucket(at, span.zone, interval) == start

            rows.append({"time": start, **measure(events, list_metrics(query), holds, self.is_about_pages(query))})
        return rows

    def group(self, query: dict[str, str], span: Range) -> dict[str, list[Event]]:
        groups: dict[str, list[Event]] = {}
        for event in self.select(query, span):
            value = event.value(query["dimension"])
            if value is not None:
                groups.setdefault(value, []).append(event)
        return groups

    def breakdown(self, query: dict[str, str], span: Range, earlier: Range | None) -> Answer:
        metrics, groups = list_metrics(query), self.group(query, span)
        by_page = self.is_about_pages(query)
        rows = {value: measure(events, [*metrics, "events"], span.holds, by_page) for value, events in groups.items()}
        default = next((metric for metric in metrics if metric != "revenue"), "events")
        by, _, direction = query.get("sort", default).partition(":")
        ordered = sorted(rows, key=str.encode)
        known = [value for value in ordered if rows[value][by] is not None]
        known.sort(key=lambda value: rows[value][by] if direction == "asc" else -rows[value][by])
        known += [value for value in ordered if rows[value][by] is None]
        offset = int(query.get("offset", "0"))
        page = known[offset : offset + int(query.get("limit", "100"))]
        data = [{query["dimension"]: value, **{name: rows[value][name] for name in metrics}} for value in page]
        if earlier:
            before = self.group(query, earlier)
            for row in data:
                events = before.get(row[query["dimension"]])
                row["comparison"] = measure(events, metrics, earlier.holds, by_page) if events else None
        return {"data": data, "total": len(rows)}


def list_metrics(query: dict[str, str]) -> list[str]:
    return query.get("metrics", SUMMARY).split(",")


def list_names(condition: dict[str, Any]) -> list[str]:
    """Which goals or segments it is about: any of them."""
    value = condition["value"]
    return [value] if isinstance(value, str) else list(value)


def who(fields: dict[str, Any]) -> str | None:
    if "user_id" in fields:
        return "user " + fields["user_id"]
    return "derived " + fields["visitor_id"] if "visitor_id" in fields else None


def join_visitors(events: list[Event]) -> None:
    """Give events of derived ids that are one visitor the same one.

    An id continues another where an event has both and an event of the other is at most 30 minutes away. All that are
    so joined go by the one that continues none, the smallest of several, or of all where each continues some.
    """
    derived = [event for event in events if event.visitor and event.visitor.startswith("derived ")]
    times: dict[str | None, list[datetime]] = {}
    for event in derived:
        times.setdefault(event.visitor, []).append(event.at)
    links = set()
    for event in derived:
        previous = "derived " + event.fields.get("previous_visitor_id", "")
        if previous != event.visitor and any(abs(at - event.at) <= MOST_IDLE for at in times.get(previous, [])):
            links.add((str(event.visitor), previous))
    groups = [{one} for one in {one for link in links for one in link}]
    for one, other in links:
        touched = [group for group in groups if one in group or other in group]
        groups = [group for group in groups if group not in touched] + [set().union(*touched)]
    called = {one: min(group - {later for later, _ in links} or group) for group in groups for one in group}
    for event in derived:
        event.visitor = called.get(str(event.visitor), event.visitor)


def cut_visits(events: list[Event]) -> list[Visit]:
    """Events come in the order of (timestamp, event_id)."""
    visits: list[Visit] = []
    latest: dict[str, Visit] = {}
    for event in events:
        if event.visitor is None:
            continue
        visit = latest.get(event.visitor)
        if visit is None or event.at - visit.events[-1].at > MOST_IDLE:
            visit = latest[event.visitor] = Visit()
            visits.append(visit)
        visit.events.append(event)
        event.visit = visit
    return visits


def passes(event: Event, condition: dict[str, Any]) -> bool:
    if "and" in condition:
        return all(passes(event, part) for part in condition["and"])
    if "or" in condition:
        return any(passes(event, part) for part in condition["or"])
    value, operator = event.value(condition["dimension"]), condition["operator"]
    given = condition["value"]
    wanted = [given] if isinstance(given, str) else given
    if operator == "is_not":
        return value not in wanted
    if operator == "not_contains":
        return value is None or not any(part in value for part in wanted)
    if value is None:
        return False
    if operator == "is":
        return value in wanted
    if operator == "contains":
        return any(part in value for part in wanted)
    return any(matches(pattern, value) for pattern in wanted)


def matches(glob: str, value: str) -> bool:
    signs = {"*": ".*", "?": "."}
    return re.fullmatch("".join(signs.get(sign, re.escape(sign)) for sign in glob), value, re.DOTALL) is not None


def measure(events: list[Event], metrics: list[str], holds: Any, by_page: bool) -> Answer:
    """The metrics of these selected events; `holds` says whether a visit that starts then counts here.

    `by_page`: engaged time is that of a page view that reported some, else of a visit.
    """
    reports = [event for event in events if is_report(event)]
    engaged = sum(event.fields["engaged_ms"] for event in reports)
    pages = sum("scroll_depth_before" not in event.fields for event in reports)
    scrolled = sum(
        max(0, event.fields.get("scroll_depth", 0) - event.fields.get("scroll_depth_before", 0)) for event in reports
    )
    views = sum(is_view(event) for event in events)
    visits = {event.visit for event in events if event.visit and holds(event.visit.start)}
    bounces = sum(sum(map(is_interactive, visit.events)) <= 1 for visit in visits)
    milliseconds = sum(visit.milliseconds for visit in visits)
    figures = {
        "events": len(events) - len(reports),
        "page_views": views,
        "visitors": len({event.visitor for event in events if event.visitor is not None}),
        "visits": len(visits),
        "bounce_rate": divide(100 * bounces, len(visits)),
        "visit_duration": divide(milliseconds, 1000 * len(visits)),
        "views_per_visit": divide(views, len(visits)),
        "engaged_time": divide(engaged, 1000 * (pages if by_page else len(visits) if reports else 0)),
        "scroll_depth": divide(scrolled, pages),
        "revenue": add_revenue(events),
    }
    return {name: figures[name] for name in metrics}


def divide(whole: int, parts: int) -> float | None:
    """To two decimals, half to even; None where there are no parts."""
    return float(round(Fraction(whole, parts), 2)) if parts else None


def add_revenue(events: list[Event]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for event in events:
        if revenue := event.fields.get("revenue"):
            sums[revenue["currency"]] = sums.get(revenue["currency"], Decimal(0)) + Decimal(revenue["amount"])
    return sums


def change_in_percent(before: float | None, now: float | None) -> float | None:
    if before is None or now is None or before == 0:
        return None
    change = 100 * (Fraction(str(now)) - Fraction(str(before))) / Fraction(str(before))
    return float(round(change, 2))
