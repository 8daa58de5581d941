"""Visits and what they change in the figures, against a reference of a few lines."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from common.visits.rollups import Changes
from common.visits.visit import GAP, NO_ATTRIBUTES, NOT_ENGAGED, Engagement, Visit, make_visit, merge

MINUTE = 60_000_000
DAY = 60 * MINUTE
"""So short that visits reach over many of them."""

Event = tuple[int, str, str | None, str | None, str]
"""When, its id, the path of a page view, a source, its kind."""
REPORT = Engagement(1, 1_500, 1, 40)

histories = st.lists(
    st.tuples(
        st.integers(0, 30).map(lambda ten: ten * 10 * MINUTE) | st.integers(0, 300 * MINUTE),
        st.integers(0, 15).map("{:04x}".format),
        st.sampled_from(["/a", "/B", "/é", "/\U0001f600", "/\uffff", None]),
        st.sampled_from(["x", "y", None]),
        st.sampled_from(["plain", "plain", "not interactive", "report"]),
    ),
    max_size=25,
    unique_by=lambda event: event[:2],
)


def single(event: Event) -> Visit:
    at, event_id, page, source, kind = event
    attributes = (None, source, *NO_ATTRIBUTES[2:])
    if kind == "report":
        return make_visit(at, event_id, f"{at // DAY:04}", None, attributes, engagement=REPORT)
    return make_visit(at, event_id, f"{at // DAY:04}", page, attributes, is_interactive=kind == "plain")


def cut(history: list[Event]) -> list[list[Event]]:
    """The reference: sorted, and cut where nothing happened for more than 30 minutes."""
    visits: list[list[Event]] = []
    for event in sorted(history, key=lambda event: event[:2]):
        if visits and event[0] - visits[-1][-1][0] <= GAP:
            visits[-1].append(event)
        else:
            visits.append([event])
    return visits


def describe(events: list[Event]) -> dict[str, Any]:
    """The reference of a visit's summary."""
    counted = [event for event in events if event[4] != "report"]
    reports = len(events) - len(counted)
    views = sorted((at, page.encode()) for at, _, page, *_ in counted if page is not None)
    last = max((at for at, _ in views), default=None)
    return {
        "span": (events[0][0], events[-1][0]),
        "first": events[0][1],
        "source": events[0][3],
        "counts": (len(views), len(counted)),
        "interactions": sum(kind == "plain" for *_, kind in events),
        "engagement": tuple(reports * figure for figure in REPORT),
        "entry": views[0][1].decode() if views else None,
        "exit": max(page for at, page in views if at == last).decode() if views else None,
        "days": {f"{at // DAY:04}" for at, *_ in events},
        "events": Counter(f"{at // DAY:04}" for at, *_ in counted),
        "reports": Counter(f"{at // DAY:04}" for at, *_, kind in events if kind == "report"),
    }


def read(visit: Visit) -> dict[str, Any]:
    return {
        "span": (visit.start, visit.end),
        "first": visit.start_id,
        "source": visit.attributes[1],
        "counts": (visit.page_views, visit.events),
        "interactions": visit.interactions,
        "engagement": tuple(visit.engagement),
        "entry": visit.entry,
        "exit": visit.exit,
        "days": {part.day for part in visit.parts},
        "events": Counter({part.day: part.events for part in visit.parts}),
        "reports": Counter({part.day: part.engagement.reports for part in visit.parts}),
    }


@given(histories, st.randoms(use_true_random=False))
def test_visits_follow_from_the_events_in_whatever_order_and_batches_they_come(history: list[Event], draw: Any) -> None:
    coming = list(history)
    draw.shuffle(coming)
    visits: list[Visit] = []
    while coming:
        size = draw.randint(1, len(coming))
        visits = merge([*visits, *map(single, coming[:size])])
        coming = coming[size:]
    assert [read(visit) for visit in visits] == [describe(events) for events in cut(history)]


@given(histories, histories)
def test_a_visit_that_nothing_joins_stays_the_same_object(history: list[Event], more: list[Event]) -> None:
    visits = merge(map(single, history))
    after = merge([*visits, *map(single, more)])
    for visit in after:
        assert any(visit is known for known in visits) == (visit in visits and not overlaps(visit, more))


def overlaps(visit: Visit, events: list[Event]) -> bool:
    return any(visit.start - GAP <= event[0] <= visit.end + GAP for event in events)


def tally(visits: list[Visit]) -> dict[tuple[str, str, str], tuple[int, ...]]:
    """The reference of a visitor's figures: each dimension, day and value on its own."""
    figures: dict[tuple[str, str, str], list[int]] = {}
    for visit in visits:
        values = {"": "", "source": visit.attributes[1], "entry": visit.entry, "exit": visit.exit}
        for dimension, value in values.items():
            for day, views, events, engagement in visit.parts:
                if value is not None:
                    row = figures.setdefault((dimension, day, value), [0] * 10)
                    starts = day == visit.day
                    bounces = starts and visit.interactions <= 1
                    more = (views, events, starts, bounces, starts * visit.duration_ms, 0, *engagement)
                    row[:] = [one + two for one, two in zip(row, more, strict=True)]
                    row[5] = 1
    return {row: tuple(map(int, numbers)) for row, numbers in figures.items()}


@given(st.lists(st.tuples(histories, histories), min_size=1, max_size=3))
def test_changes_are_what_the_figures_after_have_more_than_those_before(visitors: list[Any]) -> None:
    changes = Changes()
    expected: dict[tuple[str, str, str], list[int]] = {}
    starts: Counter[tuple[int, int]] = Counter()
    for history, more in visitors:
        before = merge(map(single, history))
        after = merge([*before, *map(single, more)])
        changes.add_visitor("blog", before, after)
        for visits, sign in ((before, -1), (after, 1)):
            starts.update({(visit.start // (15 * MINUTE), 0): 0 for visit in visits})
            for visit in visits:
                starts[visit.start // (15 * MINUTE), 0] += sign
            for row, numbers in tally(visits).items():
                known = expected.setdefault(row, [0] * 10)
                expected[row] = [one + sign * two for one, two in zip(known, numbers, strict=True)]
    found = {(one.dimension, one.day, one.value): list(one[4:]) for one in changes.rollups()}
    assert found == {row: numbers for row, numbers in expected.items() if any(numbers)}
    quarters = {one.quarter: one.visits for one in changes.quarters() if one.visits}
    assert quarters == {quarter: count for (quarter, _), count in starts.items() if count}


def test_what_reports_nothing_shares_one_engagement() -> None:
    [visit] = merge(single((at * MINUTE, "0000", "/a", None, "plain")) for at in range(3))
    assert visit.engagement is NOT_ENGAGED is visit.parts[0].engagement


def measure_cpu(work: Callable[[], object]) -> float:
    """The least CPU time of some runs: other load on the machine adds to it, nothing takes away."""
    times = []
    for _ in range(3):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def is_in_proportion(work: Callable[[int], None], few: int, many: int) -> bool:
    """Whether `many`, four times `few`, cost less than twice their share; with the square it would be four times it.

    Other load can spoil one comparison.
    """
    return any(measure_cpu(lambda: work(many)) < 8 * measure_cpu(lambda: work(few)) for _ in range(3))


def test_an_event_on_each_of_a_visitors_days_costs_in_proportion_to_its_visits() -> None:
    def change(days: int) -> None:
        before = [
            single((day * 24 * DAY + visit * DAY, "0000", "/a", None, "plain"))
            for day in range(days)
            for visit in (0, 2)
        ]
        Changes().add_visitor(
            "blog", before, [*before, *(single((day * 24 * DAY, "1", "/b", None, "plain")) for day in range(days))]
        )

    assert is_in_proportion(change, 500, 2_000)


def test_a_visit_of_many_days_costs_in_proportion_to_the_events_that_join_it() -> None:
    def join(events: int) -> None:
        assert len(merge(single((number * GAP, "0000", "/a", None, "plain")) for number in range(events))) == 1

    assert is_in_proportion(join, 1_000, 4_000)
