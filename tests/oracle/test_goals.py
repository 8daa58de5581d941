"""Histories of colliding events, goals and queries about them: the API says what a recount says."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from functions.stats.estimator.budgets import Budgets
from tests.oracle.comparison import Comparison
from tests.oracle.conftest import CASES, NOW, SEED, Open, tally
from tests.oracle.crowds import make_crowd
from tests.oracle.drawing import check_histories
from tests.oracle.goals import answer_goal, make_goal, make_goal_query
from tests.oracle.histories import History
from tests.oracle.oracle import Answer, Site
from tests.oracle.test_oracle_agrees import LOW, MOST_OUTSIDE

QUERIES_A_HISTORY = 10
GOALS = 3
"""Of a site: each with each query is a case."""
FEW = 3
"""Histories of the short form; the long one has CASES cases."""


@pytest.mark.parametrize(
    "histories",
    [FEW, pytest.param(max(FEW, -(-CASES // (QUERIES_A_HISTORY * GOALS))), marks=pytest.mark.long)],
    ids=["some", "all"],
)
def test_every_figure_of_a_goal_is_the_oracles(histories: int, open_stand: Open) -> None:
    stand = open_stand(Budgets())

    def check(random: Random, history: History) -> None:
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        goals = [make_goal(random, history, one) for one in range(GOALS)]
        stand.put_goals(site_id, goals)
        for _ in range(QUERIES_A_HISTORY):
            query = make_goal_query(random, history)
            said = stand.ask(site_id, "goals", query)
            assert "meta" in said, (query, said)
            assert said["meta"]["exact"]
            for goal, figures in zip(goals, said["data"], strict=True):
                right = {"goal": goal["name"], **answer_goal(site, goal, query, NOW)}
                assert read(figures) == right, (goal, query)
                tally["goals compared"] += 1

    check_histories("goals", histories, check)


@pytest.mark.long
def test_estimates_of_goals_lie_within_their_bounds(open_stand: Open) -> None:
    stand, random, found = open_stand(LOW), Random(f"{SEED} crowds of goals"), Comparison()
    history = make_crowd(random, 3_000, "Europe/Berlin", None)
    site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
    goals = [make_goal(random, history, number) for number in range(GOALS)]
    stand.put_goals(site_id, goals)
    for _ in range(100):
        query = make_goal_query(random, history)
        said = stand.ask(site_id, "goals", query)
        for goal, figures in zip(goals, said["data"], strict=True):
            right = answer_goal(site, goal, query | {"limit": "1000000"}, NOW)
            if "dimension" not in query:
                compare_bounds(found, f"{goal} {query}", figures, right)
                continue
            by_value = {row[query["dimension"]]: row for row in right["values"]}
            for row in figures["values"]:
                compare_bounds(found, f"{goal} {query} {row}", row, by_value[row[query["dimension"]]])
    tally["estimates of goals"] += found.estimates
    assert found.differences == []
    assert found.estimates > 100
    assert len(found.outside) <= MOST_OUTSIDE * found.estimates, found.outside[:3]


def compare_bounds(found: Comparison, where: str, said: Answer, right: Answer) -> None:
    for name in ("visitors", "visits", "conversions", "rate"):
        if f"{name}_error" not in said:
            found.expect(f"{name} of {where}", said[name], right[name])
        elif said[name] is not None and right[name] is not None and said[f"{name}_error"] is not None:
            found.expect_close(f"{name} of {where}", said[name], right[name], said[f"{name}_error"])


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
