"""What is asked of the stats function, and what each of its answers means."""

import base64
import io
import json
from typing import Any

import pytest

from common.aws.driver import ClientError
from common.aws.secrets import Secret
from common.errors import Unavailable
from infra.figures.stats_function import StatsFunction, read_response, write_request


class Service:
    """A Lambda API that gives this answer to each invocation."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - the service's names
        assert FunctionName == "stats"
        self.asked.append(json.loads(Payload))
        return {**self.answer, "Payload": io.BytesIO(self.answer["Payload"])}


def answer(status: int, body: str = "{}") -> dict[str, Any]:
    return {"Payload": json.dumps({"statusCode": status, "body": body}).encode()}


@pytest.fixture
def stats(monkeypatch: pytest.MonkeyPatch) -> StatsFunction:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    keys = iter(("old", "new", "newer"))
    return StatsFunction("stats", Secret("arn", lambda _: next(keys), iter(range(0, 1000, 10)).__next__))


def test_the_request_is_that_of_the_api(stats: StatsFunction) -> None:
    service = stats._client = Service(answer(200, '{"data": 1}'))
    assert stats.ask("summary", site_id="a b&c", metrics="visitors,visits") == {"data": 1}
    [event] = service.asked
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == "/v1/stats/summary"
    assert event["rawQueryString"] == "site_id=a+b%26c&metrics=visitors%2Cvisits"
    assert event["headers"]["authorization"] == "Bearer old"


def test_a_key_that_is_refused_is_read_again_for_the_next_request(stats: StatsFunction) -> None:
    service = stats._client = Service(answer(401))
    for _ in range(2):
        with pytest.raises(Unavailable, match="401 at STATS_FUNCTION"):
            stats.ask("summary")
    assert [event["headers"]["authorization"] for event in service.asked] == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize(
    "given",
    [
        answer(503),
        {"Payload": b"{}", "FunctionError": "Unhandled"},
        {"Payload": b"[]"},
        {"Payload": b"{"},
        answer(200, "{"),
    ],
)
def test_whatever_is_no_figure_is_an_outage(stats: StatsFunction, given: dict[str, Any]) -> None:
    stats._client = Service(given)
    with pytest.raises(Unavailable):
        stats.ask("summary")


def test_an_invocation_that_is_refused_is_an_outage(stats: StatsFunction) -> None:
    class Refusing:
        def invoke(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")

    stats._client = Refusing()
    with pytest.raises(Unavailable, match="can't be invoked"):
        stats.ask("summary")


def test_a_packed_body_is_unpacked() -> None:
    content = {"statusCode": "200", "body": base64.b64encode("é".encode()).decode(), "isBase64Encoded": True}
    assert read_response(json.dumps(content).encode()) == (200, "é".encode())


def test_a_request_without_parameters_has_an_empty_query() -> None:
    assert write_request("/v1/stats/summary", {}, "k")["rawQueryString"] == ""
