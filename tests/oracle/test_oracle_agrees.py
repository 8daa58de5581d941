"""Histories of colliding events through the processor, and queries about them: the API says what the oracle says."""

import json
from dataclasses import replace
from random import Random

import pytest

from functions.stats.estimator.budgets import Budget, Budgets
from tests.oracle.comparison import Comparison
from tests.oracle.conftest import CASES, NOW, SEED, Open, tally
from tests.oracle.crowds import HEAVIES, Heavy, make_crowd
from tests.oracle.histories import History, make_history
from tests.oracle.oracle import Site
from tests.oracle.queries import Query, make_query
from tests.oracle.shrinking import shrink, shrink_query
from tests.oracle.stand import Stand

QUERIES_A_HISTORY = 20
HISTORIES = range(CASES // QUERIES_A_HISTORY)
MOST_OUTSIDE = 0.001
"""The share of estimates that may lie outside four standard errors."""
LOW = Budgets(Budget(300, 300), Budget(300, 300), sales=1_000)


@pytest.mark.parametrize(
    "numbers", [HISTORIES[:2], pytest.param(HISTORIES[2:], marks=pytest.mark.long)], ids=["the first", "all others"]
)
def test_every_answer_is_the_oracles(numbers: range, open_stand: Open) -> None:
    stand = open_stand(Budgets())
    for number in numbers:
        random = Random(f"{SEED} {number}")
        history = make_history(random)
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        if stand.verify(site_id):
            smallest = shrink(history, lambda smaller: stand.verify(stand.store(smaller)) != [])
            pytest.fail(f"{describe(smallest)}\n{stand.verify(stand.store(smallest))}")
        for _ in range(QUERIES_A_HISTORY):
            endpoint, query = make_query(random, history)
            found = stand.compare(site, site_id, endpoint, query)
            tally["answers that should be equal"] += 1
            tally["figures in them"] += found.figures
            if found.differences or found.estimates:
                pytest.fail(explain(stand, history, endpoint, query))


@pytest.mark.long
@pytest.mark.parametrize("heavy", HEAVIES, ids=lambda heavy: heavy.__name__ if heavy else "nobody heavy")
def test_estimates_lie_within_their_bounds(heavy: Heavy | None, open_stand: Open) -> None:
    stand, found = open_stand(LOW if heavy is None else replace(LOW, sales=150)), Comparison()
    random = Random(f"{SEED} crowds")
    for _ in range(max(1, CASES // 1_000)):
        history = make_crowd(random, 3_000 if heavy is None else 1_000, "Europe/Berlin", heavy)
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        for _ in range(100):
            found.add(stand.compare(site, site_id, *make_query(random, history)))
    tally["estimates"] += found.estimates
    tally["estimates of revenue"] += found.revenues
    tally["estimates outside of their bounds"] += len(found.outside)
    assert found.differences == []
    assert found.estimates > 400
    assert found.revenues > 20
    assert len(found.outside) <= MOST_OUTSIDE * found.estimates, found.outside


def explain(stand: Stand, history: History, endpoint: str, query: Query) -> str:
    """The smallest history and query that still differ, and both answers."""

    def compare(history: History, query: Query) -> Comparison:
        return stand.compare(Site(history.delivered, history.time_zone), stand.store(history), endpoint, query)

    query = shrink_query(query, lambda smaller: bool(compare(history, smaller).differences))
    history = shrink(history, lambda smaller: bool(compare(smaller, query).differences))
    query = shrink_query(query, lambda smaller: bool(compare(history, smaller).differences))
    right = Site(history.delivered, history.time_zone).answer(endpoint, query, NOW)
    said = stand.ask(stand.store(history), endpoint, query)
    lines = [difference[:1_000] for difference in compare(history, query).differences]
    return "\n".join([*lines, describe(history), f"{endpoint} {query}", f"said: {said}", f"right: {right}"])


def describe(history: History) -> str:
    events = [f"    {json.dumps(entry, ensure_ascii=False)}" for batch in history.batches for entry in batch]
    return "\n".join([f"seed {SEED}", f"time zone {history.time_zone}", history.past, *events])
