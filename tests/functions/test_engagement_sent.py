"""Reports of engagement as trackers send them, and what ingest says of those that are wrong."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from common.settings import Settings
from tests.functions.conftest import Serve
from tests.functions.test_what_pages_send import try_out


@pytest.fixture
def settings(stream_settings: Settings) -> Settings:
    return stream_settings


@pytest.fixture
def ingest(serve: Serve) -> TestClient:
    return serve("ingest")


def report(ingest: TestClient, **fields: Any) -> dict[str, Any]:
    return try_out(ingest, event_type="engagement", **fields)


def test_a_browsers_fractions_are_rounded_and_what_is_too_much_is_cut(ingest: TestClient) -> None:
    event = report(ingest, engaged_ms=1_499.6, scroll_depth=100.4, scroll_depth_before=None)["event"]
    assert (event["engaged_ms"], event["scroll_depth"]) == (1_500, 100)
    assert "scroll_depth_before" not in event
    assert report(ingest, engaged_ms=10**12)["event"]["engaged_ms"] == 3_600_000


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"event_type": "engagement", "engaged_ms": -1}, "/engaged_ms"),
        ({"event_type": "engagement", "engaged_ms": True}, "/engaged_ms"),
        ({"event_type": "engagement", "engaged_ms": "40"}, "/engaged_ms"),
        ({"event_type": "engagement", "engaged_ms": 1, "scroll_depth": "all"}, "/scroll_depth"),
        ({"event_type": "engagement", "scroll_depth": 50}, "/engaged_ms"),
        ({"event_type": "page_view", "engaged_ms": 50}, "/event_type"),
        ({"interactive": "no"}, "/interactive"),
    ],
)
def test_a_report_that_is_wrong_is_refused_by_its_field(
    fields: dict[str, Any], pointer: str, ingest: TestClient
) -> None:
    outcome = try_out(ingest, **fields)
    assert outcome["outcome"] == "rejected"
    assert [error["pointer"] for error in outcome["errors"]] == [pointer]


def test_an_engagement_without_a_path_is_refused(ingest: TestClient) -> None:
    answer = ingest.post("/event", json={"site_id": "shop", "event_type": "engagement", "engaged_ms": 5})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/path"


def test_an_event_is_interactive_unless_it_says_otherwise(ingest: TestClient) -> None:
    assert "interactive" not in try_out(ingest, interactive=True)["event"]
    assert try_out(ingest, interactive=False)["event"]["interactive"] is False
