"""Histories of colliding events, queries about who came again: the API says what a recount says."""

from random import Random
from typing import Any

import pytest

from functions.stats.estimator.budgets import Budgets
from tests.oracle.comparison import Comparison
from tests.oracle.conftest import CASES, NOW, SEED, Open, tally
from tests.oracle.crowds import make_crowd
from tests.oracle.drawing import check_histories
from tests.oracle.goals import Goal, make_goal
from tests.oracle.histories import History
from tests.oracle.oracle import Answer, Site
from tests.oracle.retention import answer_retention, make_retention_query
from tests.oracle.test_oracle_agrees import LOW, MOST_OUTSIDE

QUERIES_A_HISTORY = 10
FEW = 4
"""Histories of the short form; the long one has CASES cases."""


def find_conditions(goal: Goal) -> list[Any]:
    """What holds for an event that reaches the goal."""
    if "event" in goal:
        return [*goal["filters"], {"dimension": "event_type", "operator": "is", "value": goal["event"]}]
    page = {"dimension": "event_type", "operator": "is", "value": "page_view"}
    return [*goal["filters"], page, {"dimension": "path", "operator": "matches", "value": goal["path"]}]


@pytest.mark.parametrize(
    "histories", [FEW, pytest.param(max(FEW, CASES // QUERIES_A_HISTORY), marks=pytest.mark.long)], ids=["some", "all"]
)
def test_every_figure_of_retention_is_the_oracles(histories: int, open_stand: Open) -> None:
    stand = open_stand(Budgets())

    def check(random: Random, history: History) -> None:
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        goal = make_goal(random, history, 1)
        stand.put_goals(site_id, [goal])
        for _ in range(QUERIES_A_HISTORY):
            query = make_retention_query(random, history)
            by_goal = random.random() < 0.4
            said = stand.ask(site_id, "retention", query | ({"goal": goal["name"]} if by_goal else {}))
            assert "meta" in said, (query, said)
            assert said["meta"]["exact"]
            right = answer_retention(site, query, find_conditions(goal) if by_goal else None, NOW)
            told = {"data": said["data"], "population": said["meta"]["population"]}
            assert told == right, (query, goal if by_goal else None)
            tally["grids of retention compared"] += 1

    check_histories("retention", histories, check)


@pytest.mark.long
def test_estimates_of_retention_lie_within_their_bounds(open_stand: Open) -> None:
    stand, random, found = open_stand(LOW), Random(f"{SEED} crowds of retention"), Comparison()
    history = make_crowd(random, 3_000, "Europe/Berlin", None)
    site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
    for _ in range(40):
        query = make_retention_query(random, history)
        said = stand.ask(site_id, "retention", query)
        right = answer_retention(site, query, None, NOW)
        compare(found, f"population of {query}", said["meta"]["population"], right["population"])
        for row, true in zip(said["data"], right["data"], strict=True):
            compare(found, f"{row['cohort']} of {query}", row, true)
    tally["estimates of retention"] += found.estimates
    assert found.differences == []
    assert found.estimates > 100
    assert len(found.outside) <= MOST_OUTSIDE * found.estimates, found.outside[:3]


def compare(found: Comparison, where: str, said: Answer, right: Answer) -> None:
    for name, value in right.items():
        errors = said.get(f"{name}_error")
        if not isinstance(value, list):
            compare_one(found, f"{name} of {where}", said[name], value, errors)
            continue
        for place, true in enumerate(value):
            compare_one(found, f"{name} {place} of {where}", said[name][place], true, errors[place] if errors else None)


def compare_one(found: Comparison, where: str, said: Any, right: Any, error: Any) -> None:
    if error is None and said is not None and right is not None:
        found.expect(where, said, right)
    elif said is not None and right is not None:
        found.expect_close(where, said, right, error)
    elif right is None:
        found.expect(where, said, right)
