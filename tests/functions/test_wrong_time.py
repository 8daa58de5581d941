"""An event of a time that is not accepted: the answer says what time it is, to pages of any origin too."""

import time

from starlette.testclient import TestClient

from tests.functions.conftest import Serve

AHEAD = {"site_id": "blog", "path": "/", "timestamp": "2199-01-01T00:00:00Z"}


def test_a_time_that_is_too_far_ahead_is_refused_with_ours(serve: Serve) -> None:
    ingest: TestClient = serve("ingest")
    answer = ingest.post("/event", json=AHEAD, headers={"Origin": "https://blog.example"})

    assert answer.status_code == 422
    assert abs(int(answer.headers["Now"]) / 1000 - time.time()) < 60
    assert "Now" in answer.headers["Access-Control-Expose-Headers"].split(", ")


def test_another_fault_says_no_time(serve: Serve) -> None:
    answer = serve("ingest").post("/event", json={"site_id": "blog"})

    assert answer.status_code == 422
    assert "Now" not in answer.headers
