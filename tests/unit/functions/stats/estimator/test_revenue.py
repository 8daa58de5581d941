"""What events brought in: when it is estimated, and what is said of it then."""

from decimal import Decimal
from typing import Any

from common.filters.conditions import Condition, OfVisit
from functions.stats.estimator.answer import answer
from functions.stats.estimator.budgets import POPULATION, Budgets, Size
from functions.stats.estimator.metrics import Answered
from functions.stats.estimator.statements import Statement
from functions.stats.query.model import Query
from tests.unit.functions.stats.estimator.asking import OWN, ask, hold
from tests.unit.functions.stats.estimator.test_answer import Reader, Rows

BUDGETS = Budgets(sales=100)
MANY = Size(10_000, 10_000)
GERMAN = hold("country", "DE")


def part(value: str | None, currency: str, certain: str = "0", drawn: str = "0", **more: float) -> dict[str, Any]:
    amounts = {"certain": Decimal(certain), "drawn": Decimal(drawn), "squares": 0.0, "largest": 0.0, "total": 0.0}
    return {"value": value, "currency": currency, **amounts, **more}


class Sales(Reader):
    """So many events with revenue, and what is read of them."""

    def __init__(self, sales: int, found: Rows = (), size: Size = MANY) -> None:  # type: ignore[assignment]
        super().__init__(self._give_sales, size)
        self._sales, self._found = sales, list(found)

    def _give_sales(self, statement: Statement) -> Rows:
        if "sales" in statement.columns:
            return [{"sales": self._sales}]
        return self._found if "currency" in statement.columns else [{"rows": 1, "value": "", "events": 1}]

    @property
    def columns(self) -> list[str]:
        """The last column of each statement after the first."""
        return [statement.columns[-1] for statement in self.statements[1:]]


def say(query: Query, reader: Reader) -> Answered:
    return answer(query, OWN, reader, BUDGETS)


def ask_revenue(filters: Any = GERMAN) -> Query:
    return ask(metrics=("revenue",), filters=filters)


def test_revenue_of_events_is_summed_however_many_they_are() -> None:
    for filters in (None, hold("path", "/home")):
        reader = Sales(1_000_000)
        assert "revenue" not in say(ask_revenue(filters), reader).estimated
        assert reader.columns == ["revenue"]


def test_a_filter_on_visits_is_exact_up_to_the_budget_of_sales_and_estimated_past_it() -> None:
    for sales, last in ((100, "revenue"), (101, "total")):
        reader = Sales(sales)
        answered = say(ask_revenue(), reader)
        assert reader.columns == ["sales", last]
        assert (answered.is_exact, "revenue" in answered.estimated) == (last == "revenue", last == "total")


def test_sales_of_a_range_with_few_events_are_not_counted_first() -> None:
    reader = Sales(1_000, size=Size(100, 100))
    say(ask_revenue(), reader)
    assert reader.columns == ["revenue"]


def test_of_so_many_sales_about_the_budget_is_drawn() -> None:
    reader = Sales(400)
    say(ask_revenue(), reader)
    assert reader.statements[-1].parameters["sample_below"] == POPULATION // 4
    assert reader.statements[-1].parameters["most_heavy"] == 100


def test_a_condition_on_whole_visits_is_answered_from_the_same_sample_as_the_counts_and_nobody_heavy() -> None:
    reader = Sales(0, size=Size(1 << 30, 1 << 30))
    say(ask_revenue(OfVisit(Condition("path", "is", ("/home",)), has=True)), reader)
    assert reader.columns == ["total"]
    drawn = reader.statements[-1]
    assert 0 < drawn.parameters["sample_below"] <= 65_536
    assert drawn.parameters["most_heavy"] == 0
    assert "event.sample < cast(:sample_below as int)" in drawn.text


def test_what_was_certainly_read_counts_once_and_what_was_drawn_for_all() -> None:
    found = [part("", "EUR", certain="10.50", drawn="2.25", squares=4.0), part(None, "EUR", largest=2.0, total=900.0)]
    answered = say(ask_revenue(), Sales(400, found))
    [row] = answered.rows
    assert row.metrics["revenue"] == {"EUR": "19.50"}
    # (4 * sqrt(3/4 * (4 + 4 * 3/4 * 2^2)) + 8 * 3/4 * 2) * 4
    assert row.errors["revenue"] == {"EUR": "103.43"}


def test_a_currency_of_which_nobody_was_drawn_has_a_bound_and_no_figure() -> None:
    answered = say(ask_revenue(), Sales(400, [part(None, "USD", largest=1.0, total=900.0)]))
    [row] = answered.rows
    assert row.metrics["revenue"] == {}
    assert row.errors["revenue"] == {"USD": "48.00"}  # (4 * sqrt(3/4 * 4 * 3/4) + 8 * 3/4) * 4


def test_no_more_can_be_missing_than_was_not_read() -> None:
    found = [part("", "EUR", certain="10.50", drawn="2.25", squares=4.0), part(None, "EUR", largest=2.0, total=30.0)]
    [row] = say(ask_revenue(), Sales(400, found)).rows
    # 10.50 + 2.25 * 4, of at least 12.75 - 30 and at most 12.75 + 30
    assert (row.metrics["revenue"], row.errors["revenue"]) == ({"EUR": "19.50"}, {"EUR": "36.75"})


def test_the_error_covers_the_rounding_of_what_is_shown() -> None:
    [row] = say(ask_revenue(), Sales(400, [part("", "EUR", certain="10.125")])).rows
    assert (row.metrics["revenue"], row.errors["revenue"]) == ({"EUR": "10.12"}, {"EUR": "0.01"})
