"""Answering a query: what is measured first, and what becomes of the rows that come back."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from functions.stats.estimator.answer import answer
from functions.stats.estimator.budgets import DEFAULT, Size
from functions.stats.estimator.days import Days
from functions.stats.estimator.metrics import Answered
from functions.stats.estimator.statements import Statement
from functions.stats.query.model import Query
from functions.stats.query.periods import Span
from tests.unit.functions.stats.estimator.asking import MINUTES, NOVEMBER, ONE_DAY, OWN, ask, both, hold

Rows = list[dict[str, Any]]
FEW = Size(10, 10)
NOBODY: Rows = [{"rows": 0, "value": None}]


class Reader:
    """Gives rows to statements, and remembers what it was asked."""

    def __init__(self, give: Callable[[Statement], Rows], size: Size = FEW) -> None:
        self.measured: list[str] = []
        self.statements: list[Statement] = []
        self._give = give
        self._size = size

    def measure_quarters(self, site_id: str, span: Span) -> Size:
        self.measured.append("quarters")
        return self._size

    def measure_days(self, site_id: str, days: Days) -> Size:
        self.measured.append("days")
        return self._size

    def read(self, statement: Statement) -> Rows:
        self.statements.append(statement)
        return self._give(statement)


def say(query: Query, rows: Rows) -> Answered:
    return answer(query, OWN, Reader(lambda _: rows), DEFAULT)


def test_a_short_range_is_measured_by_the_quarter_hour_and_a_long_one_by_days() -> None:
    reader = Reader(lambda _: NOBODY)
    for span in (MINUTES, NOVEMBER):
        answer(ask(span=span), OWN, reader, DEFAULT)
    assert reader.measured == ["quarters", "days"]


def test_a_summary_of_nothing_is_one_row_of_zeros() -> None:
    answered = say(ask(metrics=("visits", "bounce_rate")), NOBODY)
    assert [row.metrics for row in answered.rows] == [{"visits": 0, "bounce_rate": None}]


def test_a_bucket_without_a_row_is_zero() -> None:
    buckets = tuple(ONE_DAY.start + timedelta(hours=hour) for hour in range(3))
    query = ask("timeseries", ONE_DAY, buckets=buckets, metrics=("visits",))
    answered = say(query, [{"rows": 1, "value": 2, "visits": 7}])
    assert [(row.value, row.metrics["visits"]) for row in answered.rows] == [(1, 0), (2, 7), (3, 0)]


def test_a_page_of_a_breakdown_says_how_many_rows_there_are() -> None:
    query = ask("breakdown", dimension="country", metrics=("visits",))
    found = [{"rows": 90, "value": "DE", "visits": 7}, {"rows": 90, "value": "FR", "visits": 5}]
    answered = say(query, found)
    assert ([row.value for row in answered.rows], answered.total, answered.is_exact) == (["DE", "FR"], 90, True)


def test_a_page_beyond_the_last_row_is_empty() -> None:
    answered = say(ask("breakdown", dimension="country"), [{"rows": 90, "value": None}])
    assert (answered.rows, answered.total) == ([], 90)


def test_revenue_is_added_by_row_and_currency() -> None:
    def give(statement: Statement) -> Rows:
        if "currency" in statement.columns:
            sums = [("DE", "USD", "3.50"), ("DE", "EUR", "1.00"), ("elsewhere", "EUR", "9")]
            return [{"value": value, "currency": unit, "revenue": Decimal(sum_)} for value, unit, sum_ in sums]
        return [{"rows": 2, "value": "DE", "events": 2}, {"rows": 2, "value": "FR", "events": 1}]

    answered = answer(ask("breakdown", dimension="country", metrics=("revenue",)), OWN, Reader(give), DEFAULT)
    said = [list(row.metrics["revenue"].items()) for row in answered.rows]
    assert said == [[("EUR", "1.00"), ("USD", "3.50")], []]


def test_of_several_controls_the_one_with_the_fewest_events_is_read() -> None:
    events = {"country": 900, "device": 20, "": 5_000}

    def give(statement: Statement) -> Rows:
        return [{"rows": 1, "value": "", "events": events[statement.parameters["rolled_up"]]}]

    reader = Reader(give, Size(1 << 30, 1 << 30))
    filters = both(hold("country", "DE"), hold("device", "phone"))
    answered = answer(ask(filters=filters), OWN, reader, DEFAULT)
    assert not answered.is_exact
    assert [statement.parameters["rolled_up"] for statement in reader.statements] == ["country", "device", "", "device"]


def test_a_statement_says_whether_it_reads_rows_or_rollups_alone() -> None:
    reads = {}
    home = hold("path", "/home")
    for name, query in {
        "days": ask(metrics=("page_views", "visits")),
        "one value": ask(metrics=("page_views",), filters=both(home)),
        "minutes": ask(span=MINUTES, metrics=("page_views",)),
        "visitors": ask(),
        "two dimensions": ask(metrics=("page_views",), filters=both(home, hold("source", "x"))),
        "revenue": ask(metrics=("revenue", "page_views")),
    }.items():
        reader = Reader(lambda statement: [] if "currency" in statement.columns else NOBODY)
        answer(query, OWN, reader, DEFAULT)
        reads[name] = [statement.reads_rows for statement in reader.statements]
    assert reads == {
        "days": [False],
        "one value": [False],
        "minutes": [True],
        "visitors": [True],
        "two dimensions": [True],
        "revenue": [False, True],
    }


def test_the_more_a_query_looks_for_within_texts_the_fewer_rows_it_reads() -> None:
    exact = []
    for path in ("short", "é" * 50, "x" * 1_000):
        reader = Reader(lambda _: [{**NOBODY[0], "events": 0}], Size(events=100_000, visits=100_000))
        query = ask(metrics=("events",), filters=both(hold("path", path, operator="contains"), hold("source", "x")))
        answered = answer(query, OWN, reader, DEFAULT)
        exact.append(answered.is_exact)
    assert exact == [True, True, False]
