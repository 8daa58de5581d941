"""Histories, definitions and queries that hypothesis draws and makes smaller: named filters say what a recount says."""

import json
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from functions.stats.estimator.budgets import Budgets
from tests.oracle.comparison import Comparison
from tests.oracle.conftest import CASES, NOW, SEED, Open, tally
from tests.oracle.crowds import make_crowd
from tests.oracle.goals import (
    answer_goal,
    list_goal_conditions,
    make_goal,
    make_segment,
    name_some,
    narrow_to_goals,
)
from tests.oracle.histories import History, make_history
from tests.oracle.oracle import Site
from tests.oracle.queries import make_query
from tests.oracle.shrinking import shrink
from tests.oracle.stand import Stand
from tests.oracle.test_goals import compare_bounds, read
from tests.oracle.test_oracle_agrees import LOW, MOST_OUTSIDE, describe

QUERIES_A_HISTORY = 5
FEW = 4
"""Histories of the short form; the long one has CASES cases."""


@pytest.mark.parametrize(
    "histories",
    [FEW, pytest.param(max(1, CASES // QUERIES_A_HISTORY), marks=pytest.mark.long)],
    ids=["some", "all"],
)
def test_what_is_filtered_by_a_name_is_the_oracles(histories: int, open_stand: Open) -> None:
    stand = open_stand(Budgets())

    @seed(SEED)
    @settings(
        max_examples=histories,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # a smaller case is found by what knows the histories: each costs a second
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False))
    def check(random: Random) -> None:
        history = make_history(random, most_events=30)
        defined = Definitions.draw(random, history)
        site, site_id = defined.store(stand, history)
        for _ in range(QUERIES_A_HISTORY):
            endpoint, query = make_query(random, history)
            query = defined.name_some(random, query)
            if random.random() < 0.3:
                endpoint, query = "goals", narrow_to_goals(random, history, query)
            if compare(stand, site, site_id, defined, endpoint, query).differences:
                pytest.fail(explain(stand, history, defined, endpoint, query))
            tally["answers with named filters"] += 1

    check()


@pytest.mark.long
def test_estimates_of_what_is_filtered_by_a_name_lie_within_their_bounds(open_stand: Open) -> None:
    stand, random, found = open_stand(LOW), Random(f"{SEED} crowds of names"), Comparison()
    history = make_crowd(random, 3_000, "Europe/Berlin", None)
    defined = Definitions.draw(random, history)
    site, site_id = defined.store(stand, history)
    for _ in range(100):
        endpoint, query = make_query(random, history)
        query = defined.name_some(random, query)
        found.add(stand.compare(site, site_id, endpoint, query))
        asked = {name: value for name, value in narrow_to_goals(random, history, query).items() if name != "dimension"}
        asked.pop("limit", None)
        said = stand.ask(site_id, "goals", asked)
        for goal, figures in zip(defined.goals, said["data"], strict=True):
            compare_bounds(found, f"{goal} {asked}", figures, answer_goal(site, goal, asked, NOW))
    tally["estimates with named filters"] += found.estimates
    assert found.differences == []
    assert found.estimates > 100
    assert len(found.outside) <= MOST_OUTSIDE * found.estimates, found.outside[:3]


@dataclass(frozen=True)
class Definitions:
    """What a site keeps by name."""

    goals: list[dict[str, Any]]
    segments: dict[str, list[Any]]

    @classmethod
    def draw(cls, random: Random, history: History) -> "Definitions":
        goals = [make_goal(random, history, number) for number in range(3)]
        return cls(goals, {f"segment-{number}": make_segment(random, history, goals) for number in range(2)})

    def name_some(self, random: Random, query: dict[str, str]) -> dict[str, str]:
        return name_some(random, query, self.goals, sorted(self.segments))

    def store(self, stand: Stand, history: History) -> tuple[Site, str]:
        """In the database, and for the oracle."""
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        stand.put_goals(site_id, self.goals)
        stand.put_segments(site_id, self.segments)
        site.goals = {goal["name"]: list_goal_conditions(goal) for goal in self.goals}
        site.segments = self.segments
        return site, site_id


def explain(stand: Stand, history: History, defined: Definitions, endpoint: str, query: dict[str, str]) -> str:
    """The smallest history that still differs, and how."""

    def differs(smaller: History) -> list[str]:
        return compare(stand, *defined.store(stand, smaller), defined, endpoint, query).differences

    history = shrink(history, lambda smaller: bool(differs(smaller)), most_trials=100)
    return "\n".join([f"seed {SEED}", *differs(history), describe(history), str(defined), f"{endpoint} {query}"])


def compare(
    stand: Stand, site: Site, site_id: str, defined: Definitions, endpoint: str, query: dict[str, str]
) -> Comparison:
    """An answer beside the oracle's. What is refused by its size has none."""
    if endpoint != "goals":
        return stand.compare(site, site_id, endpoint, query)
    found, said = Comparison(), stand.ask(site_id, endpoint, query)
    assert "meta" in said, said
    assert said["meta"]["filters"] == [unify(one) for one in json.loads(query["filters"])]
    for goal, figures in zip(defined.goals, said["data"], strict=True):
        found.expect(str(goal), read(figures), {"goal": goal["name"], **answer_goal(site, goal, query, NOW)})
    return found


def unify(condition: dict[str, Any]) -> dict[str, Any]:
    """As answers repeat it: with a list of values."""
    if "dimension" not in condition:
        return {kind: [unify(part) for part in parts] for kind, parts in condition.items()}
    return condition | {"value": [condition["value"]] if isinstance(condition["value"], str) else condition["value"]}
