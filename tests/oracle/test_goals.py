"""Histories of colliding events, goals and queries about them: the API says what a recount says."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from functions.stats.estimator.budgets import Budgets
from tests.oracle.conftest import CASES, NOW, SEED, Open, tally
from tests.oracle.crowds import make_crowd
from tests.oracle.goals import answer_goal, make_goal, make_goal_query
from tests.oracle.histories import make_history
from tests.oracle.oracle import Site
from tests.oracle.test_oracle_agrees import LOW

QUERIES_A_HISTORY = 10
HISTORIES = range(CASES // QUERIES_A_HISTORY)


@pytest.mark.parametrize(
    "numbers", [HISTORIES[:8], pytest.param(HISTORIES[8:], marks=pytest.mark.long)], ids=["the first", "all others"]
)
def test_every_figure_of_a_goal_is_the_oracles(numbers: range, open_stand: Open) -> None:
    stand = open_stand(Budgets())
    for number in numbers:
        random = Random(f"{SEED} goals {number}")
        history = make_history(random)
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        goals = [make_goal(random, history, one) for one in range(3)]
        stand.put_goals(site_id, goals)
        for _ in range(QUERIES_A_HISTORY):
            query = make_goal_query(random, history)
            said = stand.ask(site_id, "goals", query)
            assert "meta" in said, (query, said)
            assert said["meta"]["exact"]
            for goal, figures in zip(goals, said["data"], strict=True):
                right = {"goal": goal["name"], **answer_goal(site, goal, query, NOW)}
                assert read(figures) == right, (number, goal, query)
                tally["goals compared"] += 1


@pytest.mark.long
def test_estimates_of_goals_lie_within_their_bounds(open_stand: Open) -> None:
    stand, random, outside, estimates = open_stand(LOW), Random(f"{SEED} crowds of goals"), [], 0
    history = make_crowd(random, 3_000, "Europe/Berlin", None)
    site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
    goals = [make_goal(random, history, number) for number in range(3)]
    stand.put_goals(site_id, goals)
    for _ in range(100):
        query = {name: value for name, value in make_goal_query(random, history).items() if name != "dimension"}
        query.pop("limit", None)
        said = stand.ask(site_id, "goals", query)
        for goal, figures in zip(goals, said["data"], strict=True):
            right = answer_goal(site, goal, query, NOW)
            for name in ("visitors", "visits", "conversions", "rate"):
                bound = figures.get(f"{name}_error", 0)
                if bound is None or figures[name] is None:
                    continue
                estimates += f"{name}_error" in figures
                if abs(figures[name] - (right[name] or 0)) > bound + 1e-9:
                    outside.append((query, goal, name, figures, right))
    assert estimates > 100
    assert len(outside) <= 0.001 * estimates, outside[:3]


def read(figures: Any) -> Any:
    """With amounts as the oracle gives them."""
    if isinstance(figures, dict):
        return {
            name: {currency: Decimal(amount) for currency, amount in value.items()}
            if name == "revenue"
            else read(value)
            for name, value in figures.items()
        }
    return [read(one) for one in figures] if isinstance(figures, list) else figures
