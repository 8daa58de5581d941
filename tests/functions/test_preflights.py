"""What browsers ask before a page of another origin may send; and who the visitor is behind proxies."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from common.settings import Settings
from tests.functions.conftest import Serve
from tests.functions.test_ingest import PROBLEM


@pytest.fixture
def settings(stream_settings: Settings) -> Settings:
    return stream_settings


@pytest.fixture
def ingest(serve: Serve) -> TestClient:
    return serve("ingest")


def ask_first(ingest: TestClient, path: str = "/event", method: str = "POST", **more: str) -> Any:
    headers = {"Origin": "https://shop.example", "Access-Control-Request-Method": method}
    return ingest.options(path, headers=headers | {name.replace("_", "-"): value for name, value in more.items()})


@pytest.mark.parametrize(
    "names",
    ["content-type", "content-type,baggage,sentry-trace", "content-type, traceparent, tracestate", "x-requested-with",
     "x-datadog-trace-id,x-b3-traceid,newrelic", "X_Odd!#$%&'*+.^`|~"],
)  # fmt: skip
def test_a_page_whose_monitoring_adds_header_fields_may_send(names: str, ingest: TestClient) -> None:
    answer = ask_first(ingest, Access_Control_Request_Headers=names)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == names
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("names", ["a b", "a,,b", "a:b", '"a"', "a," * 100 + "a", "a" * 201])
def test_a_preflight_for_what_is_no_name_is_a_problem(names: str, ingest: TestClient) -> None:
    answer = ask_first(ingest, Access_Control_Request_Headers=names)
    assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)
    assert "access-control-allow-headers" not in answer.headers


def test_a_preflight_for_another_method_or_origin_is_a_problem(environment: pytest.MonkeyPatch, serve: Serve) -> None:
    environment.setenv("CORS_ALLOW_ORIGINS", "https://blog.example")
    ingest = serve("ingest")
    allowed = {"Origin": "https://blog.example", "Access-Control-Request-Method": "POST"}
    assert ingest.options("/event", headers=allowed).headers["access-control-allow-origin"] == "https://blog.example"
    private = {"Access-Control-Request-Private-Network": "true"}
    for answer in (
        ingest.options("/event", headers={**allowed, "Access-Control-Request-Method": "DELETE"}),
        ingest.options("/event", headers={**allowed, **private, "Origin": "https://other.example"}),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (403, PROBLEM)
        assert answer.json()["detail"]
        assert not [name for name in answer.headers if name.startswith("access-control-allow")]


def test_a_public_page_may_send_to_a_private_network(ingest: TestClient) -> None:
    answer = ask_first(ingest, Access_Control_Request_Private_Network="true")
    assert (answer.status_code, answer.headers["access-control-allow-private-network"]) == (200, "true")
    assert "access-control-allow-private-network" not in ask_first(ingest).headers


@pytest.mark.parametrize(
    ("chain", "address"),
    [
        ("203.0.113.4", "203.0.113.4"), ("203.0.113.4:5060", "203.0.113.4"), ("[2001:db8::7]:443", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"), ("6.6.6.6, 203.0.113.4", "203.0.113.4"),
        ("203.0.113.4, 10.1.2.3", "203.0.113.4"),
        ("unknown", None), ("203.0.113.4, unknown", None), ("_hidden", None),
    ],
)  # fmt: skip
def test_the_nearest_address_that_is_no_trusted_proxys_is_the_visitors(
    chain: str, address: str | None, environment: pytest.MonkeyPatch, serve: Serve
) -> None:
    environment.setenv("TRUSTED_PROXIES", "127.0.0.0/8,10.0.0.0/8")
    client = serve("ingest")
    client._transport.client = ("127.0.0.1", 5000)  # type: ignore[attr-defined]
    answer = client.post("/validate", json={"site_id": "shop", "path": "/"}, headers={"X-Forwarded-For": chain})
    assert answer.json()["seen"]["address"] == address
