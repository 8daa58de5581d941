"""Histories of colliding events, queries about the ways of visits: the API says what a recount says."""

import json
from random import Random

import pytest

from functions.stats.estimator.budgets import Budgets
from tests.oracle.comparison import Comparison
from tests.oracle.conftest import CASES, NOW, SEED, Open, tally
from tests.oracle.crowds import make_crowd
from tests.oracle.drawing import check_histories
from tests.oracle.histories import History
from tests.oracle.journeys import answer_journeys, make_journeys_query
from tests.oracle.oracle import Answer, Site
from tests.oracle.test_oracle_agrees import LOW, MOST_OUTSIDE

QUERIES_A_HISTORY = 10
FEW = 4
"""Histories of the short form; the long one has CASES cases."""


@pytest.mark.parametrize(
    "histories", [FEW, pytest.param(max(FEW, CASES // QUERIES_A_HISTORY), marks=pytest.mark.long)], ids=["some", "all"]
)
def test_every_way_of_a_visit_is_the_oracles(histories: int, open_stand: Open) -> None:
    stand = open_stand(Budgets())

    def check(random: Random, history: History) -> None:
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        for _ in range(QUERIES_A_HISTORY):
            query = make_journeys_query(random, history)
            said = stand.ask(site_id, "journeys", query)
            assert "meta" in said, (query, said)
            assert said["meta"]["exact"]
            assert said["data"] == answer_journeys(site, query, NOW), query
            tally["journeys compared"] += 1

    check_histories("journeys", histories, check)


@pytest.mark.long
def test_estimates_of_journeys_lie_within_their_bounds(open_stand: Open) -> None:
    stand, random, found = open_stand(LOW), Random(f"{SEED} crowds of journeys"), Comparison()
    history = make_crowd(random, 3_000, "Europe/Berlin", None)
    site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
    for _ in range(40):
        query = make_journeys_query(random, history)
        said = stand.ask(site_id, "journeys", query)
        right = answer_journeys(site, query | {"limit": "1000000"}, NOW)
        compare(found, f"all of {query}", said["data"], right, ("visits",))
        by_way = {json.dumps(row["steps"]): row for row in right["journeys"]}
        for row in said["data"]["journeys"]:
            compare(found, f"{row} of {query}", row, by_way[json.dumps(row["steps"])], ("visitors", "visits", "share"))
    tally["estimates of journeys"] += found.estimates
    assert found.differences == []
    assert found.estimates > 100
    assert len(found.outside) <= MOST_OUTSIDE * found.estimates, found.outside[:3]


def compare(found: Comparison, where: str, said: Answer, right: Answer, names: tuple[str, ...]) -> None:
    for name in names:
        if f"{name}_error" not in said:
            found.expect(f"{name} of {where}", said[name], right[name])
        elif said[f"{name}_error"] is not None:
            found.expect_close(f"{name} of {where}", said[name], right[name], said[f"{name}_error"])
