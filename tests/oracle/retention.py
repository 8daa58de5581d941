"""What /v1/stats/retention should answer, counted anew from the raw events; and queries about it, from a seed.

Shares no code with the project.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.funnels import percent
from tests.oracle.histories import History
from tests.oracle.oracle import Answer, Event, Site, passes
from tests.oracle.queries import Query, make_query
from tests.oracle.ranges import Range, find_bucket, list_buckets, midnight, resolve_range, shift_months, wall

MOST_PERIODS = 100


def make_retention_query(random: Random, history: History) -> Query:
    """Parameters that the endpoint accepts, but for the goal."""
    while True:
        _, query = make_query(random, history)
        asked = {name: query[name] for name in ("period", "from", "to", "timezone", "filters") if name in query}
        asked["unit"] = random.choice(["day", "week", "month"])
        asked["by"] = random.choice(["first_ever", "first_in_range"])
        if "from" in asked:
            days = datetime.fromisoformat(asked["to"][:10]) - datetime.fromisoformat(asked["from"][:10])
            if days / {"day": 1, "week": 7, "month": 30}[asked["unit"]] < timedelta(MOST_PERIODS - 5):
                return asked
        elif asked["period"] not in ("12m", "year", "all") or asked["unit"] == "month":
            return asked


def answer_retention(site: Site, query: Query, goal: list[Any] | None, now: datetime) -> Answer:
    """`data` and `population`; `goal`: the conditions of an event that makes a return."""
    zone = ZoneInfo(query["timezone"]) if "timezone" in query else site.zone
    span = resolve_range(query, zone, now, site.events[0].at if site.events else now)
    ever = site.select(query, Range(min([span.start, *(event.at for event in site.events)]), span.end, zone))
    seen = [event for event in ever if event.visitor is not None]
    in_range = [event for event in seen if span.holds(event.at)]
    known = [event for event in (seen if query["by"] == "first_ever" else in_range) if "user_id" in event.fields]
    first: dict[str | None, Event] = {}
    for event in known:
        first.setdefault(event.visitor, event)
    begins = list_buckets(span, query["unit"])

    periods = {event: find_bucket(event.at, zone, query["unit"]) for event in seen if span.holds(event.at)}
    came: dict[datetime, set[str | None]] = {}
    for event, period in periods.items():
        if all(passes(event, one) for one in goal or []):
            came.setdefault(period, set()).add(event.visitor)
    rows = []
    for number, begin in enumerate(begins):
        cohort = {who for who, event in first.items() if periods.get(event) == begin}
        row: Answer = {"cohort": wall(begin, zone).date().isoformat(), "visitors": len(cohort)}
        row |= {"is_complete": is_over(begin, query["unit"], span, now), "returned": [], "rate": []}
        for later in begins[number:]:
            returned = len(cohort & came.get(later, set()))
            over = is_over(later, query["unit"], span, now)
            row["returned"].append(returned if over else None)
            row["rate"].append(percent(returned, len(cohort)) if over else None)
        rows.append(row)
    everybody = {event.visitor: "user_id" in event.fields for event in in_range}
    identified = sum(everybody.values())
    return {"data": rows, "population": {"identified": identified, "excluded": len(everybody) - identified}}


def is_over(begin: datetime, unit: str, span: Range, now: datetime) -> bool:
    day = wall(begin, span.zone).date()
    after = shift_months(day, 1) if unit == "month" else day + timedelta(days=7 if unit == "week" else 1)
    return midnight(after, span.zone) <= min(now, span.end)
