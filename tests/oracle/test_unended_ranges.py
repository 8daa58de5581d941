"""Ranges that have not ended, at odd times of day: what they are compared with is what a recount says."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from functions.stats.estimator.budgets import Budgets
from tests.oracle.conftest import SEED, Open, tally
from tests.oracle.goals import answer_goal, make_goal, narrow_to_goals
from tests.oracle.histories import EDGES, History, make_history
from tests.oracle.oracle import Site
from tests.oracle.queries import PERIODS, Query, make_query
from tests.oracle.test_goals import read
from tests.oracle.test_oracle_agrees import describe

HISTORIES = 2
QUERIES_A_HISTORY = 10
BACK = [timedelta(days=days) for days in (0, 1, 7, 30, 365, 366)]
NOWS = ["2025-06-15T13:07:30+02:00"]
ODD_NOWS = [
    "2025-11-12T00:03:00+00:00",  # in UTC the day's first quarter of an hour
    "2025-10-26T02:40:00+01:00",  # in Berlin for the second time
    "2025-10-27T02:40:00+01:00",  # twice the day before
    "2025-03-31T02:40:00+02:00",  # never the day before
    "2025-03-10T00:20:00-04:00",  # in Havana no midnight the day before
    "2025-04-06T01:50:00+11:00",  # in Lord Howe the clock is put back by half an hour soon
    "2024-02-29T23:59:59+05:45",
]


@pytest.mark.parametrize("now", [*NOWS, *(pytest.param(now, marks=pytest.mark.long) for now in ODD_NOWS)])
def test_what_has_not_ended_is_compared_with_the_same_part_of_the_range_before(now: str, open_stand: Open) -> None:
    instant = datetime.fromisoformat(now).astimezone(UTC)
    stand, random = open_stand(Budgets(), instant), Random(f"{SEED} {now}")
    for _ in range(HISTORIES):
        history = make_history(random, around=[instant - back for back in BACK])
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        goal = make_goal(random, history, 0)
        stand.put_goals(site_id, [goal])
        for _ in range(QUERIES_A_HISTORY):
            endpoint, query = make_unended_query(random, history, instant)
            found = stand.compare(site, site_id, endpoint, query)
            assert found.differences == [], f"{describe(history)}\n{endpoint} {query}"
            asked = narrow_to_goals(random, history, query)
            [said] = stand.ask(site_id, "goals", asked)["data"]
            right = {"goal": goal["name"], **answer_goal(site, goal, asked, instant)}
            assert read(said) == right, f"{describe(history)}\n{goal} {asked}"
            tally["ranges that have not ended"] += 1


def make_unended_query(random: Random, history: History, now: datetime) -> tuple[str, Query]:
    """A query that compares a period up to now, or days of which today is one."""
    endpoint, query = make_query(random, history)
    for name in ("from", "to", "interval"):
        query.pop(name, None)
    query["compare"] = random.choice(["previous", "year"])
    if random.random() < 0.5:
        return endpoint, query | {"period": random.choice(PERIODS)}
    query.pop("period", None)
    query["timezone"] = random.choice(list(EDGES))
    today = now.astimezone(ZoneInfo(query["timezone"])).date()
    first = today - timedelta(days=random.choice([0, 0, 1, 6, 29]))
    last = today + timedelta(days=random.choice([0, 0, 1, 30]))
    return endpoint, query | {"from": first.isoformat(), "to": last.isoformat()}
