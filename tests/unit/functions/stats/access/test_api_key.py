"""The key that GET /stats asks for."""

from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from common.aws.secrets import RENEW_SECONDS, Secret
from common.errors import Unavailable
from common.settings import Settings
from functions.stats.access.api_key import ApiKey
from functions.stats.app import build_stats_app
from tests.unit.functions.stats.access.gates import make_gate

QUERY = "/stats?site_id=s&date=2025-11-12"


class EmptyDay:
    """Figures of a day without events."""

    def read_day(self, site_id: str, day: date, most: int) -> tuple[int, int, list[dict[str, Any]]]:
        return 0, 0, []

    def ping(self) -> None:
        pass


def make_client(key: ApiKey) -> TestClient:
    return TestClient(build_stats_app(EmptyDay(), make_gate(key), "*"), raise_server_exceptions=False)


def test_without_a_key_stats_is_closed_to_who_is_not_at_this_machine() -> None:
    assert make_client(ApiKey.of(Settings())).get(QUERY).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer right"}, 200),
        ({"authorization": "bearer  right"}, 200),
        ({"X-API-Key": "right"}, 200),
        ({"Authorization": "Basic right"}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"X-API-Key": "righ"}, 401),
        ({"X-API-Key": ""}, 401),
        ({}, 401),
    ],
)
def test_the_key_is_asked_for_in_either_header(headers: dict[str, str], status: int) -> None:
    client = make_client(ApiKey.of(Settings(stats_api_key="right")))
    answer = client.get(QUERY, headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"] == 'Bearer realm="stats"'
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == 401


def test_a_key_of_other_characters_is_wrong_and_no_failure() -> None:
    client = make_client(ApiKey("right"))
    assert client.get(QUERY, headers={"X-API-Key": b"\xff\xfe"}).status_code == 401


def test_nothing_is_said_of_the_query_without_the_key() -> None:
    assert make_client(ApiKey("right")).get("/stats?nonsense").status_code == 401


def test_health_checks_need_no_key() -> None:
    client = make_client(ApiKey("right"))
    assert [client.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_a_page_of_another_origin_may_send_the_key() -> None:
    preflight = {
        "Origin": "https://dashboard.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    assert make_client(ApiKey("right")).options(QUERY, headers=preflight).status_code == 200


def test_a_new_key_counts_when_it_is_presented_and_the_old_one_no_more() -> None:
    now = [0.0]
    texts = iter(["old", "new"])
    client = make_client(ApiKey(secret=Secret("arn", lambda _: next(texts), lambda: now[0])))
    assert client.get(QUERY, headers={"X-API-Key": "old"}).status_code == 200
    now[0] += RENEW_SECONDS
    assert client.get(QUERY, headers={"X-API-Key": "new"}).status_code == 200
    assert client.get(QUERY, headers={"X-API-Key": "old"}).status_code == 401


@pytest.mark.parametrize("text", ["", None])
def test_a_key_that_is_empty_or_can_not_be_read_lets_nobody_in(text: str | None) -> None:
    def fetch(arn: str) -> str:
        if text is None:
            raise Unavailable("down")
        return text

    answer = make_client(ApiKey(secret=Secret("arn", fetch))).get(QUERY, headers={"X-API-Key": "guess"})
    assert answer.status_code == (503 if text is None else 401)
