"""The figures of queries: from what is kept and from the rows, from all visitors and from a sample, they agree."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from common.filters.conditions import Condition, Filter, Junction
from common.postgres.database import Database
from functions.process.app import handle_batch
from functions.process.store import PostgresStore
from functions.stats.estimator import planner
from functions.stats.estimator.answer import answer as answer_query
from functions.stats.estimator.budgets import POPULATION, Budget, Budgets, Size
from functions.stats.estimator.metrics import Answered
from functions.stats.estimator.reader import FiguresReader, Snapshot
from functions.stats.estimator.statements import Statement
from functions.stats.query import names
from functions.stats.query.buckets import list_buckets
from functions.stats.query.model import Query, Sort
from functions.stats.query.periods import Span, span_days
from tests.contract.history import MIDNIGHT, batch, make_history

OWN = ZoneInfo("America/St_Johns")
ZONES = [OWN, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Europe/Berlin")]
EXACT = Budgets(Budget(1_000_000, 1), Budget(1_000_000, 1))
DRAWN = Budgets(Budget(0, 1 << 40), Budget(0, 1 << 40))
EVERY = Junction("or", (Condition("event_type", "is_not", ("nothing",)), Condition("hostname", "is", ("nothing",))))
"""What every event passes: only rows know so."""
METRICS = tuple(metric for metric in names.METRICS if metric != "engaged_time")
"""Engaged time is a visit's or a page view's, and a condition on events decides which."""
ALL_SPANS = 5
SHORT = ZONES[:1]
"""Those of `make test`; the others belong to `make test-long`."""
DIMENSIONS = ["path", "hostname", "event_type", "props.plan", "entry", "exit", "source", "country", "utm_campaign"]


def each(zones: Sequence[ZoneInfo]) -> pytest.MarkDecorator:
    """Once in each of these time zones, in most of them in the long suite alone."""
    marks = {zone: () if zone in SHORT else pytest.mark.long for zone in zones}
    return pytest.mark.parametrize("zone", [pytest.param(zone, marks=marks[zone]) for zone in zones], ids=str)


@pytest.fixture
def filled(database: Database) -> Database:
    """With the history of a site whose days are those of Newfoundland."""
    database.run("insert into sites (site_id, time_zone) values ('blog', :zone)", zone=OWN.key)
    handle_batch(batch(make_history(7, 400)), PostgresStore(database))
    return database


def list_spans(zone: ZoneInfo) -> Iterator[Span]:
    yield span_days(date(2006, 10, 29), date(2006, 10, 30), zone)
    yield span_days(date(2006, 10, 27), date(2006, 11, 1), zone)
    yield span_days(date(2006, 9, 12), date(2006, 12, 2), zone)
    yield Span(MIDNIGHT - timedelta(hours=9, minutes=7), MIDNIGHT + timedelta(hours=21))
    yield Span(MIDNIGHT - timedelta(minutes=10), MIDNIGHT + timedelta(minutes=11))


def list_queries(zone: ZoneInfo, most_spans: int = ALL_SPANS) -> Iterator[Query]:
    for span in itertools.islice(list_spans(zone), most_spans):
        query = Query("summary", "blog", span, zone, METRICS)
        yield query
        for interval in ("hour", "day", "week", "month"):
            buckets = tuple(list_buckets(span, interval, zone) or ())
            if buckets:
                yield replace(query, kind="timeseries", interval=interval, buckets=buckets)
        for dimension in DIMENSIONS:
            yield replace(query, kind="breakdown", dimension=dimension, metrics=names.EVENT_METRICS)
            yield replace(query, kind="breakdown", dimension=dimension, sort=Sort("bounce_rate", False), limit=3)


def answer(database: Database, query: Query, budgets: Budgets = EXACT) -> Answered:
    with FiguresReader(database).snapshot() as snapshot:
        return answer_query(query, snapshot.read_site("blog").zone, snapshot, budgets)


@each(ZONES)
def test_what_is_kept_says_what_the_rows_say(zone: ZoneInfo, filled: Database) -> None:
    for query in list_queries(zone):
        assert answer(filled, query) == answer(filled, replace(query, filters=EVERY)), query


@pytest.mark.long
@each(ZONES[:3])
def test_what_is_kept_of_a_value_says_what_the_rows_say(
    zone: ZoneInfo, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "MOST_SAMPLED", {"visits": POPULATION, "events": POPULATION})
    values = {"path": "/é", "event_type": "signup", "props.plan": "paid", "source": "x", "country": "DE", "exit": "/c"}
    conditions: list[Filter] = [Condition(dimension, "is", (value,)) for dimension, value in values.items()]
    for query, condition in itertools.product(list_queries(zone), conditions):
        if query.kind != "breakdown":
            rows = answer(filled, replace(query, filters=Junction("and", (condition, EVERY))))
            for metrics in (METRICS, names.COUNTS[::2]):
                asked = replace(query, filters=condition, metrics=metrics)
                said = [{name: row.metrics[name] for name in metrics} for row in rows.rows]
                for budgets in (EXACT, DRAWN):
                    assert [row.metrics for row in answer(filled, asked, budgets).rows] == said, asked


VALUES = {"path": "/é", "props.plan": "paid", "country": "DE", "exit": "/c"}


@pytest.mark.parametrize(
    ("zone", "dimension", "most_spans"),
    [
        (OWN, "path", 1),
        *(
            pytest.param(zone, dimension, ALL_SPANS, marks=pytest.mark.long)
            for zone, dimension in itertools.product(ZONES[:3], VALUES)
        ),
    ],
    ids=str,
)
def test_what_is_kept_of_several_values_says_what_the_rows_say(
    zone: ZoneInfo, dimension: str, most_spans: int, filled: Database
) -> None:
    value = VALUES[dimension]
    filters: list[Filter] = [
        Condition(dimension, "is_not", (value,)),
        Condition(dimension, "contains", (value[:1], value[-1:])),
        Condition(dimension, "not_contains", (value[:1],)),
        Junction("or", (Condition(dimension, "is", (value,)), Condition(dimension, "not_contains", ("a",)))),
        Junction("and", (Condition(dimension, "is_not", (value, "x")), Condition(dimension, "matches", ("*",)))),
    ]
    for query, filter_ in itertools.product(list_queries(zone, most_spans), filters):
        if query.kind != "breakdown" or query.dimension == dimension:
            for metrics in (METRICS, ("page_views", "events", "visitors")):
                asked = replace(query, filters=filter_, metrics=metrics, sort=Sort("events", True))
                rows = answer(filled, replace(asked, filters=Junction("and", (filter_, EVERY))))
                assert answer(filled, asked) == rows, asked


def test_past_the_budget_page_views_of_a_path_are_exact_and_visits_estimated(filled: Database) -> None:
    span = span_days(date(2006, 9, 12), date(2006, 12, 2), OWN)
    metrics = ("visits", "page_views", "events", "views_per_visit")
    query = Query("breakdown", "blog", span, OWN, metrics, dimension="path", sort=Sort("page_views", True))
    exact, drawn = answer(filled, query), answer(filled, query, Budgets(Budget(0, 200), Budget(0, 200)))
    assert (exact.is_exact, exact.estimated) == (True, ())
    assert (drawn.is_exact, drawn.estimated) == (False, ("visits", "views_per_visit"))
    said = [
        [(row.value, row.metrics["page_views"], row.metrics["events"]) for row in one.rows] for one in (exact, drawn)
    ]
    assert said[0] == said[1]


@pytest.mark.parametrize("metric", ["visits", "page_views", "events"])
@pytest.mark.parametrize("dimension", ["path", "country"])
@pytest.mark.parametrize("filters", [None, EVERY], ids=["rolled up", "with a control"])
def test_estimated_rows_come_by_the_figure_that_they_show(
    filters: Filter | None, dimension: str, metric: str, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "MOST_SAMPLED", {"visits": POPULATION, "events": POPULATION})
    span = span_days(date(2006, 9, 12), date(2006, 12, 2), OWN)
    query = Query("breakdown", "blog", span, OWN, names.METRICS, filters, dimension=dimension, sort=Sort(metric, True))
    answered = answer(filled, query, Budgets(Budget(0, 300), Budget(0, 300)))
    shown = [row.metrics[metric] for row in answered.rows]
    assert not answered.is_exact
    assert len(set(shown)) > 1
    assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize(
    ("zone", "most_spans"),
    [(OWN, 1), *(pytest.param(zone, ALL_SPANS, marks=pytest.mark.long) for zone in ZONES[:2])],
    ids=str,
)
def test_a_sample_of_all_visitors_says_what_all_say(
    zone: ZoneInfo, most_spans: int, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "MOST_SAMPLED", {"visits": POPULATION, "events": POPULATION})
    for query, filter_ in itertools.product(list_queries(zone, most_spans), (None, EVERY)):
        query = replace(query, filters=filter_)
        exact, drawn = answer(filled, query), answer(filled, query, DRAWN)
        assert [(row.value, row.metrics) for row in drawn.rows] == [(row.value, row.metrics) for row in exact.rows], (
            query
        )


@pytest.mark.parametrize("rows", ["visits", "events"])
def test_a_sample_is_read_by_its_index(rows: str, filled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    span = span_days(date(2006, 10, 1), date(2006, 12, 1), OWN)
    query = Query("breakdown", "blog", span, OWN, ("visitors",), dimension="country" if rows == "visits" else "path")
    used = []

    def explain(self: Snapshot, statement: Statement) -> list[dict[str, object]]:
        self._connection.run("set local enable_seqscan = off")
        lines = self._connection.run("explain " + statement.text, **statement.parameters)
        used.extend(line[0] for line in lines or [])
        return [{"rows": 0, "value": None}]

    monkeypatch.setattr(Snapshot, "read", explain)
    monkeypatch.setattr(Snapshot, "measure_days", lambda *_: Size(1_000_000, 1_000_000))
    assert not answer(filled, query, Budgets()).is_exact
    index = "site_id_sample_start_idx" if rows == "visits" else "sample_timestamp"  # those of a month
    assert any(index in line for line in used), used


def test_one_answer_is_of_one_state(filled: Database) -> None:
    query = Query("summary", "blog", span_days(date(2006, 10, 1), date(2006, 12, 1), OWN), OWN, ("events",))
    with FiguresReader(filled).snapshot() as snapshot:
        before = answer_query(query, OWN, snapshot, EXACT)
        handle_batch(batch(make_history(8, 50), number=1), PostgresStore(filled))
        assert answer_query(query, OWN, snapshot, EXACT) == before
    assert answer(filled, query) != before


def test_a_site_is_known_by_its_zone_and_its_last_change(filled: Database) -> None:
    with FiguresReader(filled).snapshot() as snapshot:
        site, none = snapshot.read_site("blog"), snapshot.read_site("none")
        assert snapshot.list_properties("blog") == ["props.n", "props.plan"]
        assert snapshot.list_properties("none") == []
    assert (site.zone, site.has_derived_visitors) == (OWN, True)
    assert site.changed_at is not None
    assert abs(site.changed_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert (none.version, none.changed_at, none.first_at) == (0, None, None)
