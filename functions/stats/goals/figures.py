"""Counts what reached goals. A goal is a filter: its figures are those of the events that pass it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from common.goals.goal import Goal
from functions.stats.answers.documents import change, describe_query, describe_state
from functions.stats.estimator.metrics import Answered, Row
from functions.stats.goals.rate import make_rate
from functions.stats.query.filters import join
from functions.stats.query.model import Query, Site

Ask = Callable[[Query], Answered]
Figures = dict[str, Any]

_NAMES = {"events": "conversions"}
_ESTIMATED_BY = {"visitors": ("visitors", "rate"), "events": ("conversions",)}


class GoalFigures:
    """The figures of goals in one state of the database."""

    def __init__(self, query: Query, ask: Ask) -> None:
        self._query = query
        self._ask = ask
        self._estimated: set[str] = set()
        self._everybody: dict[Any, Answered] = {}

    def make_document(self, site: Site, goals: Sequence[Goal]) -> Figures:
        """The answer: an item of `data` for each goal."""
        data = [{"goal": goal.name, **self._count(goal)} for goal in goals]
        meta = describe_query(self._query)
        for name in ("metrics", "sort", "offset"):
            meta.pop(name, None)
        meta["exact"] = not self._estimated
        if self._estimated:
            meta["estimated"] = sorted(self._estimated)
        return {"data": data, "meta": meta | describe_state(site)}

    def _count(self, goal: Goal) -> Figures:
        metrics = (*self._query.metrics, *(("revenue",) if goal.has_revenue else ()))
        now = replace(self._query, metrics=metrics, filters=join(goal.condition, self._query.filters), compared=None)
        before = None if self._query.compared is None else replace(now, span=self._query.compared)
        if self._query.kind == "summary":
            [figures] = self._list_rows(now)[0].values()
            if before is None:
                return figures
            earlier = self._list_rows(before)[0][""]
            return {**figures, "comparison": earlier, "change": _change(earlier, figures)}
        rows, total = self._list_rows(now)
        previous: dict[str, Figures] = {}
        if before is not None and rows:
            previous, _ = self._list_rows(replace(before, only=tuple(rows)))
        values = [{self._query.dimension: value, **figures} for value, figures in rows.items()]
        if before is not None:
            values = [{**row, "comparison": previous.get(row[self._query.dimension])} for row in values]
        return {"values": values, "total": total}

    def _list_rows(self, query: Query) -> tuple[dict[Any, Figures], int]:
        """The figures by value of the dimension, in their order, and how many there are in all."""
        reached = self._ask(query)
        self._note(reached)
        everybody = self._find_everybody(query, [row.value for row in reached.rows])
        rows = {row.value: _describe(row, everybody.get(row.value)) for row in reached.rows}
        return rows, reached.total

    def _find_everybody(self, query: Query, values: Sequence[Any]) -> dict[Any, Row]:
        """Who might have reached a goal: the visitors that the question is about, with or without one."""
        if not values:
            return {}
        only = None if query.kind == "summary" else tuple(sorted(values))
        asked = replace(query, metrics=("visitors",), filters=self._query.filters, only=only)
        if query.kind == "breakdown":
            asked = replace(asked, sort=replace(query.sort, metric="visitors"), limit=len(values))
        key = (asked.span, asked.only)
        if key not in self._everybody:
            answered = self._ask(asked)
            self._note(answered, ("rate",))
            self._everybody[key] = answered
        return {row.value: row for row in self._everybody[key].rows}

    def _note(self, answered: Answered, shown: tuple[str, ...] | None = None) -> None:
        """Which figures are estimates. `shown`: what is told of an answer that is not shown itself."""
        if answered.is_exact:
            return
        for name in answered.estimated:
            self._estimated.update(shown or _ESTIMATED_BY.get(name, (name,)))


def _change(before: Figures, after: Figures) -> Figures:
    """Of the figures that both have: an estimate's bound is none."""
    shown = {name: value for name, value in after.items() if not name.endswith("_error")}
    return change(before, shown)


def _describe(reached: Row, everybody: Row | None) -> Figures:
    figures = {_NAMES.get(name, name): value for name, value in reached.metrics.items()}
    errors = {f"{_NAMES.get(name, name)}_error": error for name, error in reached.errors.items()}
    rate = {"rate": None, "rate_error": None} if everybody is None else make_rate(reached, everybody)
    return {**figures, **errors, **rate}
