"""What has not ended beside the same part of what was before, at a fixed time, wherever figures are compared."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from common.goals.goal import Goal
from common.goals.goals import Goals
from common.postgres.database import Database
from common.settings import Settings
from functions.stats.access.api_key import ApiKey
from functions.stats.access.gate import Gate
from functions.stats.access.identity import Identity
from functions.stats.answers.documents import PART_NOTE
from functions.stats.app import build_stats_app
from functions.stats.day.reader import DayReader
from functions.stats.estimator.reader import FiguresReader
from functions.stats.goals.routes import build_goal_routes
from functions.stats.routes import build_routes
from tests.functions.site import Site, view

TODAY = {"period": "today", "compare": "previous"}
SO_FAR = {"from": "2025-06-02T00:00:00+00:00", "to": "2025-06-02T14:15:00+00:00"}


class Asked:
    """Stats, at a time of the third of June."""

    def __init__(self) -> None:
        self.now = datetime(2025, 6, 3, 14, 20, tzinfo=UTC)
        self.client: TestClient

    def get(self, endpoint: str, headers: dict[str, str] | None = None, **query: str) -> httpx.Response:
        return self.client.get(f"/v1/stats/{endpoint}", params={"site_id": "s", **TODAY, **query}, headers=headers)

    def ask(self, endpoint: str, **query: str) -> Any:
        answer = self.get(endpoint, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def stats(site: Site, settings: Settings) -> Iterator[Asked]:
    """A site with two views today, and three yesterday: two before a quarter past two, and one right then."""
    site.store([view("03T09:00:00", "ann"), view("03T14:19:00", "bob")])
    site.store(
        [
            view("02T00:00:00", "ann"),
            view("02T14:14:59", "bob", "/join"),
            view("02T14:15:00", "cy"),
        ],
        offset=10,
    )
    with closing(Database(settings.database_url, connections=2, timeout_seconds=30)) as database:
        asked, gate, reader = Asked(), Gate(Identity(settings, ApiKey())), FiguresReader(database)
        routes = build_routes(reader, gate, lambda: asked.now)
        routes += build_goal_routes(database, reader, gate, lambda: asked.now)
        app = build_stats_app(DayReader(database), gate, "", more=routes)
        with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50_000)) as asked.client:
            yield asked


def test_a_summary_stands_beside_the_same_part_of_yesterday_and_says_so(stats: Asked) -> None:
    answer = stats.ask("summary", metrics="visitors,visits,page_views")
    assert answer["data"] == answer["comparison"] == {"visitors": 2, "visits": 2, "page_views": 2}
    assert answer["change"] == {"visitors": 0.0, "visits": 0.0, "page_views": 0.0}
    assert answer["meta"]["to"] == "2025-06-04T00:00:00+00:00"
    assert answer["meta"]["compared"] == {**SO_FAR, "part_note": PART_NOTE, "exact": True}


def test_the_rows_of_a_breakdown_stand_beside_the_same_part(stats: Asked) -> None:
    [row] = stats.ask("breakdown", dimension="path", metrics="page_views")["data"]
    assert row == {"path": "/", "page_views": 2, "comparison": {"page_views": 1}}


def test_a_goal_and_its_values_stand_beside_the_same_part(stats: Asked, database: Database) -> None:
    Goals(database).put("test", "s", Goal("seen", path="*"))
    answer = stats.ask("goals")
    [goal] = answer["data"]
    assert (goal["conversions"], goal["comparison"]["conversions"], goal["change"]["conversions"]) == (2, 2, 0.0)
    assert answer["meta"]["compared"] == {**SO_FAR, "part_note": PART_NOTE}
    [goal] = stats.ask("goals", dimension="path")["data"]
    assert [row["comparison"]["conversions"] for row in goal["values"]] == [1]


def test_a_time_series_stands_beside_all_of_yesterday(stats: Asked) -> None:
    answer = stats.ask("timeseries", metrics="page_views", interval="hour")
    assert (len(answer["comparison"]), sum(row["page_views"] for row in answer["comparison"])) == (24, 3)
    assert answer["meta"]["compared"]["to"] == "2025-06-03T00:00:00+00:00"
    assert "part_note" not in answer["meta"]["compared"]


def test_the_answer_is_the_same_until_the_quarter_of_an_hour_is_over(stats: Asked) -> None:
    etag = {"If-None-Match": stats.get("summary").headers["etag"]}
    stats.now = datetime(2025, 6, 3, 14, 29, 59, tzinfo=UTC)
    assert stats.get("summary", etag).status_code == 304
    stats.now = datetime(2025, 6, 3, 14, 30, tzinfo=UTC)
    assert stats.get("summary", etag).json()["comparison"]["page_views"] == 3
