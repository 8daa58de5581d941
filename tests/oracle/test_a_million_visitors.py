"""A site with a million visitors: what the default budgets make an estimate lies within its bounds."""

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from common.postgres.database import Database
from common.settings import Settings
from functions.process.partitions import Partitions
from functions.stats.estimator.budgets import Budget, Budgets
from infra.migrations.backfill import backfill
from tests.oracle.comparison import Comparison, compare
from tests.oracle.conftest import CASES, SEED, Open, tally
from tests.oracle.histories import History
from tests.oracle.queries import make_query
from tests.oracle.stand import Stand

VISITORS = 1_000_000
QUERIES = 100
MOST_OUTSIDE = 0.001
NO_LIMIT = Budgets(Budget(1 << 40, 1), Budget(1 << 40, 1))
EVERY_ROW = {"limit": "1000", "offset": "0"}
VOCABULARY = {
    "path": [f"/{number}" for number in (1, 2, 3, 10, 50, 300)],
    "entry": ["/1", "/2", "/30"],
    "exit": ["/1", "/20"],
    "source": ["Google", "Bing", "news_letter"],
    "country": ["DE", "US", "IN"],
    "event_type": ["page_view", "signup"],
}


@pytest.mark.skipif(CASES < 10_000, reason="takes ten minutes: make oracle")
def test_of_a_million_visitors_estimates_lie_within_their_bounds(settings: Settings, open_stand: Open) -> None:
    fill(settings)
    estimating, counting = open_stand(Budgets()), open_stand(NO_LIMIT)
    random, history, found = Random(f"{SEED} million"), describe_crowd(), Comparison()
    for _ in range(QUERIES):
        endpoint, query = make_query(random, history)
        query.pop("compare", "")
        said = estimating.ask("crowd", endpoint, query)
        asked = query | EVERY_ROW if endpoint == "breakdown" and not said["meta"]["exact"] else query
        right = count_all(counting, endpoint, asked)
        found.add(compare(endpoint, query, said, right))
    tally["estimates about a million visitors"] += found.estimates
    tally["of these outside of their bounds"] += len(found.outside)
    assert found.differences == []
    assert found.estimates > 500
    assert len(found.outside) <= MOST_OUTSIDE * found.estimates, found.outside


def describe_crowd() -> History:
    """What queries about it are made of."""
    edges = [datetime(2025, 10, day, tzinfo=UTC) for day in (1, 9, 31)]
    history = History("UTC", edges, batches=[[[{"timestamp": f"{edge:%F}T17:23:42.5Z"} for edge in edges]]])
    history.vocabulary = VOCABULARY
    return history


def fill(settings: Settings) -> None:
    with closing(Database(settings.database_url, connections=1, timeout_seconds=600)) as database:
        Partitions(database).ensure([date(2025, 10, 1), date(2025, 11, 1)])
        database.run(Path(__file__).with_name("fill_crowd.sql").read_text(), visitors=VISITORS)
        assert backfill(database, "UTC", chunk_events=50_000)
        database.run("analyze")


def count_all(stand: Stand, endpoint: str, query: dict[str, str]) -> dict[str, Any]:
    """The API's exact answer, which equals the oracle's (see test_oracle_agrees), in the oracle's form."""
    answer = stand.ask("crowd", endpoint, query)
    assert answer["meta"]["exact"]
    if endpoint == "timeseries":
        return {"data": [row | {"time": datetime.fromisoformat(row["time"])} for row in answer["data"]]}
    return {"data": answer["data"]} | ({"total": answer["meta"]["total"]} if endpoint == "breakdown" else {})
