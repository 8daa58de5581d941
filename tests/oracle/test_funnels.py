"""Histories of colliding events, funnels and queries about them: the API says what a recount says."""

import json
from random import Random
from typing import Any

import pytest

from functions.stats.estimator.budgets import Budgets
from tests.oracle.comparison import Comparison
from tests.oracle.conftest import CASES, NOW, SEED, Open, tally
from tests.oracle.crowds import make_crowd
from tests.oracle.drawing import check_histories
from tests.oracle.funnels import Funnel, answer_funnel, make_funnel, make_funnel_query
from tests.oracle.histories import History
from tests.oracle.oracle import Answer, Site
from tests.oracle.test_oracle_agrees import LOW, MOST_OUTSIDE

QUERIES_A_HISTORY = 10
FEW = 4
"""Histories of the short form; the long one has CASES cases."""


def write(funnel: Funnel) -> dict[str, str]:
    """A funnel as parameters."""
    return {name: json.dumps(value) if isinstance(value, list) else value for name, value in funnel.items()}


@pytest.mark.parametrize(
    "histories", [FEW, pytest.param(max(FEW, CASES // QUERIES_A_HISTORY), marks=pytest.mark.long)], ids=["some", "all"]
)
def test_every_figure_of_a_funnel_is_the_oracles(histories: int, open_stand: Open) -> None:
    stand = open_stand(Budgets())

    def check(random: Random, history: History) -> None:
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        for _ in range(QUERIES_A_HISTORY):
            funnel, query = make_funnel(random, history), make_funnel_query(random, history)
            said = stand.ask(site_id, "funnel", query | write(funnel))
            assert "meta" in said, (query, funnel, said)
            assert said["meta"]["exact"]
            assert said["data"] == answer_funnel(site, funnel, query, NOW), (funnel, query)
            tally["funnels compared"] += 1

    check_histories("funnels", histories, check)


@pytest.mark.long
def test_estimates_of_funnels_lie_within_their_bounds(open_stand: Open) -> None:
    stand, random, found = open_stand(LOW), Random(f"{SEED} crowds of funnels"), Comparison()
    history = make_crowd(random, 3_000, "Europe/Berlin", None)
    site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
    for _ in range(40):
        funnel, query = make_funnel(random, history), make_funnel_query(random, history)
        said = stand.ask(site_id, "funnel", query | write(funnel))
        right = answer_funnel(site, funnel, query | ({"limit": "1000000"} if "dimension" in query else {}), NOW)
        compare_steps(found, f"{funnel} {query}", said["data"]["steps"], right["steps"])
        by_value = {row[query["dimension"]]: row["steps"] for row in right.get("values", ())}
        for row in said["data"].get("values", ()):
            compare_steps(found, f"{funnel} {query} {row}", row["steps"], by_value[row[query["dimension"]]])
    tally["estimates of funnels"] += found.estimates
    assert found.differences == []
    assert found.estimates > 100
    assert len(found.outside) <= MOST_OUTSIDE * found.estimates, found.outside[:3]


def compare_steps(found: Comparison, where: str, said: list[Answer], right: list[Answer]) -> None:
    for step, true in zip(said, right, strict=True):
        for name in ("visitors", "rate", "drop_off", "median_seconds"):
            compare_one(found, f"{name} of step {step['step']} of {where}", step, true, name)


def compare_one(found: Comparison, where: str, said: dict[str, Any], right: dict[str, Any], name: str) -> None:
    if f"{name}_error" not in said:
        found.expect(where, said[name], right[name])
    elif said[name] is not None and right[name] is not None and said[f"{name}_error"] is not None:
        found.expect_close(where, said[name], right[name], said[f"{name}_error"])
