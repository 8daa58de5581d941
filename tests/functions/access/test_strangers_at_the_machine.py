"""What a request without a key gets at the machine itself: figures, and nothing that changes or opens anything."""

import pytest
from starlette.testclient import TestClient

from tests.functions.conftest import Serve


@pytest.fixture
def local(serve: Serve) -> TestClient:
    return serve("stats")


def test_who_sits_at_the_machine_reads_and_neither_changes_nor_sees_keys(local: TestClient) -> None:
    assert local.get("/v1/stats/summary?site_id=blog").status_code == 200
    assert local.get("/v1/sites").status_code == 200
    for path in ("/v1/keys", "/v1/users", "/v1/links", "/v1/audit"):
        assert local.get(path).status_code == 403
    for method, path in (
        ("POST", "/v1/keys"),
        ("POST", "/v1/users"),
        ("POST", "/v1/links"),
        ("POST", "/v1/sites"),
        ("PATCH", "/v1/sites/blog"),
        ("DELETE", "/v1/sites/blog"),
    ):
        assert local.request(method, path, json={"site_id": "blog", "name": "n"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": "localhost, evil.example"},
        {"Host": "evil.example", "X-Forwarded-Host": "localhost"},
        {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Authorization": "Bearer guess"},
        {"X-API-Key": "guess"},
        {"X-Forwarded-For": ""},
    ],
)
def test_a_page_or_a_proxy_in_between_is_not_the_machine(local: TestClient, headers: dict[str, str]) -> None:
    for path in (
        "/v1/stats/summary?site_id=blog",
        "/stats?site_id=blog&date=2025-11-12",
        "/v1/sites",
        "/v1/sites/blog",
    ):
        answer = local.get(path, headers=headers)
        assert answer.status_code == 401
        assert "blog" not in answer.text
