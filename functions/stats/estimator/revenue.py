"""What the rows of an answer brought in. It is summed from events; no rollup has it."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from common.filters.conditions import list_of_visit
from functions.stats.estimator.budgets import POPULATION, Budgets, Size
from functions.stats.estimator.estimates import Amounts, Estimate, estimate_amount
from functions.stats.estimator.metrics import Row
from functions.stats.estimator.plan import Plan
from functions.stats.estimator.row_sums import finds_visits
from functions.stats.estimator.statements import Statement, Writer
from functions.stats.query.model import Query

Read = Callable[[Statement], list[dict[str, Any]]]
Written = dict[str, str]

_CENT = Decimal("0.01")
_NOTHING = {"certain": 0, "drawn": 0, "squares": 0.0, "largest": 0.0, "total": 0.0}


def add_revenue(
    rows: Sequence[Row], writer: Writer, query: Query, plan: Plan, size: Size, read: Read, budgets: Budgets
) -> tuple[list[Row], bool]:
    """The rows with their revenue, and whether it is an estimate.

    `writer`: of this query and plan; `size`: of its range.
    """
    values = [row.value for row in rows if isinstance(row.value, str)]
    sample_below = _choose_sample(writer, query, plan, size, read, budgets)
    if sample_below is None:
        return _add_sums(rows, read(writer.revenue(values))), False
    most_heavy = 0 if any(list_of_visit(query.filters)) else budgets.sales
    return _add_estimates(rows, read(writer.drawn_revenue(values, sample_below, most_heavy)), sample_below), True


def _choose_sample(writer: Writer, query: Query, plan: Plan, size: Size, read: Read, budgets: Budgets) -> int | None:
    """The visitors whose sample number is below this are read; None: all.

    Events alone are summed from their index. But each visit is a page of its own to look up, and conditions on whole
    visits read all events of those visits.
    """
    if any(list_of_visit(query.filters)):
        return plan.sample_below
    if not finds_visits(query) or size.events <= budgets.sales:
        return None
    [found] = read(writer.count_sales())
    sales: int = found["sales"]
    return max(1, POPULATION * budgets.sales // sales) if sales > budgets.sales else None


def _add_sums(rows: Sequence[Row], found: Sequence[dict[str, Any]]) -> list[Row]:
    sums: dict[Any, Written] = defaultdict(dict)
    for part in found:
        sums[part["value"]][part["currency"]] = f"{part['revenue']:f}"
    return [_put(row, sums[row.value]) for row in rows]


def _add_estimates(rows: Sequence[Row], found: Sequence[dict[str, Any]], sample_below: int) -> list[Row]:
    """Of a currency in which a row has no figure, it has the error alone: nobody who was read brought it in."""
    unread = {part["currency"]: part for part in found if part["value"] is None and part["largest"]}
    read = {(part["value"], part["currency"]): part for part in found if part["value"] is not None}
    currencies = sorted(unread.keys() | {currency for _, currency in read})

    def estimate(value: Any, currency: str) -> Estimate:
        own, rest = read.get((value, currency), _NOTHING), unread.get(currency, _NOTHING)
        certain, drawn = float(own["certain"]), float(own["drawn"])
        return estimate_amount(Amounts(certain, drawn, own["squares"], rest["largest"], rest["total"]), rate)

    rate, estimated = sample_below / POPULATION, []
    for row in rows:
        estimates = {currency: estimate(row.value, currency) for currency in currencies}
        shown = {currency: _write(one.value) for currency, one in estimates.items() if (row.value, currency) in read}
        errors = {
            currency: _write(one.error_of(float(shown.get(currency, one.value))), up=True)
            for currency, one in estimates.items()
        }
        estimated.append(_put(row, shown, errors))
    return estimated


def _put(row: Row, amounts: Written, errors: Written | None = None) -> Row:
    row = replace(row, metrics={**row.metrics, "revenue": dict(sorted(amounts.items()))})
    return row if errors is None else replace(row, errors={**row.errors, "revenue": dict(sorted(errors.items()))})


def _write(amount: float, up: bool = False) -> str:
    rounding = "ROUND_CEILING" if up else "ROUND_HALF_EVEN"
    return f"{Decimal(amount).quantize(_CENT, rounding):f}"
