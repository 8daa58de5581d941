"""Ranges that begin or end within a day with more events than are read: the estimates lie within their bounds."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from functions.stats.estimator.budgets import MOST_SAMPLED, POPULATION, Budget, Budgets
from tests.oracle.comparison import Comparison
from tests.oracle.conftest import CASES, NOW, SEED, Open, tally
from tests.oracle.crowds import DAYS, FIRST, HEAVIES, Heavy, follow_zipf, make_crowd
from tests.oracle.histories import History
from tests.oracle.oracle import Site
from tests.oracle.queries import Query, make_query
from tests.oracle.ranges import midnight
from tests.oracle.test_oracle_agrees import MOST_OUTSIDE

QUERIES = 60
LOW = Budgets(Budget(100, 1 << 20), Budget(100, 1 << 20))
"""A day has some hundred events."""


@pytest.mark.long
@pytest.mark.parametrize("heavy", HEAVIES, ids=lambda heavy: heavy.__name__ if heavy else "nobody heavy")
def test_estimates_of_parts_of_days_lie_within_their_bounds(
    heavy: Heavy | None, open_stand: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(monkeypatch, 0.25)
    found = ask(open_stand, heavy)
    tally["estimates of parts of days"] += found.estimates
    tally["of these outside of their bounds"] += len(found.outside)
    assert found.differences == []
    assert found.estimates > 200
    assert len(found.outside) <= MOST_OUTSIDE * found.estimates, found.outside


@pytest.mark.long
def test_where_everybody_is_drawn_estimates_of_parts_of_days_are_right(
    open_stand: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bound may be wide enough for any mistake. Here each is a rate's rounding, or something was not counted."""
    draw(monkeypatch, 1)
    found = ask(open_stand, follow_zipf, is_all=True)
    assert (found.differences, found.outside) == ([], [])
    assert found.widest <= 0.01
    assert found.estimates > 200


def draw(monkeypatch: pytest.MonkeyPatch, rate: float) -> None:
    """Such a share of the visitors, whatever has an index."""
    for rows in ("visits", "events"):
        monkeypatch.setitem(MOST_SAMPLED, rows, int(POPULATION * rate))


def ask(open_stand: Open, heavy: Heavy | None, is_all: bool = False) -> Comparison:
    """`is_all`: everybody is drawn, so that no row can be missing, or in another's place."""
    stand, found, random = open_stand(LOW), Comparison(), Random(f"{SEED} parts of days")
    for _ in range(max(1, CASES // 1_000)):
        history = make_crowd(random, 3_000 if heavy is None else 1_000, "Europe/Berlin", heavy)
        site, site_id = Site(history.delivered, history.time_zone), stand.store(history)
        for _ in range(QUERIES):
            endpoint, query = make_partial_query(random, history)
            if is_all and query.get("interval") == "minute":
                continue  # without a control no rate is bounded
            found.add(stand.compare(site, site_id, endpoint, query))
            if is_all and endpoint == "breakdown":
                said, right = stand.ask(site_id, endpoint, query), site.answer(endpoint, query, NOW)
                values = [[row[query["dimension"]] for row in one["data"]] for one in (said, right)]
                found.expect(f"rows of {query}", *values)
                found.expect("meta.total", said["meta"]["total"], right["total"])
    return found


def make_partial_query(random: Random, history: History) -> tuple[str, Query]:
    """A query about some days and a part of one; half of them without conditions, for a rollup has those."""
    endpoint, query = make_query(random, history)
    for name in ("period", "compare", "interval", *(["filters"] if random.random() < 0.5 else [])):
        query.pop(name, None)
    zone = ZoneInfo(history.time_zone)
    first = midnight((FIRST + timedelta(days=random.randrange(DAYS - 3))).date(), zone)
    end = first + timedelta(days=random.choice([0, 0, 1, 2, 6]), minutes=15 * random.randint(1, 95))
    if random.random() < 0.3:
        first += timedelta(minutes=random.randint(1, 1_200))
    if endpoint == "timeseries":
        query["interval"] = random.choice(["minute", "hour", "day"] if end - first < timedelta(days=1) else ["day"])
    return endpoint, query | {"from": write(min(first, end)), "to": write(max(first, end) + timedelta(minutes=1))}


def write(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
