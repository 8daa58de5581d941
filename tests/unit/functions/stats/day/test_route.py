"""GET /stats: which questions are understood."""

from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from functions.stats.app import build_stats_app
from tests.unit.functions.stats.access.gates import make_gate

PROBLEM = "application/problem+json"


class Nothing:
    """A reader of a store without events."""

    def read_day(self, site_id: str, day: date, most: int) -> tuple[int, int, list[dict[str, Any]]]:
        return 0, 0, []

    def ping(self) -> None:
        pass


@pytest.fixture
def stats() -> TestClient:
    return TestClient(
        build_stats_app(Nothing(), make_gate(), ""), base_url="http://localhost", client=("127.0.0.1", 50_000)
    )


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("", ["site_id", "date"]),
        ("site_id=&date=2025-11-12", ["site_id"]),
        ("site_id=%00&date=2025-11-12", ["site_id"]),
        (f"site_id={'x' * 65}&date=2025-11-12", ["site_id"]),
        ("site_id=blog&date=2025-02-29", ["date"]),
        ("site_id=blog&date=20251112", ["date"]),
        ("site_id=blog&date=2025-11-12T00:00:00Z", ["date"]),
        ("site_id=blog&date=2025-11-12&limit=0", ["limit"]),
        ("site_id=blog&date=2025-11-12&limit=101", ["limit"]),
        ("site_id=blog&date=2025-11-12&limit=ten", ["limit"]),
        ("site_id=blog&date=2025-11-12&day=1", ["day"]),
        ("site_id=blog&site_id=shop&date=2025-11-12", ["site_id"]),
    ],
)
def test_a_query_that_is_not_valid_names_each_fault(query: str, parameters: list[str], stats: TestClient) -> None:
    answer = stats.get(f"/stats?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert [error["parameter"] for error in answer.json()["errors"]] == parameters
