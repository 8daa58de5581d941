"""A client that leaves takes its question along: its statement is cancelled, long before its time-out."""

import json
import urllib.request
from contextlib import closing

import pytest

from common.postgres.database import Database
from tests.pressure.parts import HOSTS, Parts, RunningPart, eventually

QUESTIONS = ("summary?site_id=blog&period=all", "filtered?site_id=blog&period=all")
"""One that shares the connections with its like, and one that takes any."""
WAITING = """
select count(*) from pg_stat_activity
where datname = current_database() and state = 'active' and wait_event_type = 'Lock'
"""
TIMEOUT_SECONDS = 60


def ask(stats: RunningPart, question: str) -> object:
    with urllib.request.urlopen(f"{stats.url}/v1/stats/{question}", timeout=20) as answer:
        return json.load(answer)["data"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_whose_client_leaves_is_cancelled_and_its_place_serves_the_next(
    parts: Parts, database: Database, question: str, host: str
) -> None:
    stats = parts.start(
        "stats", host, database_connections=1, database_timeout_seconds=TIMEOUT_SECONDS, stats_rollup_timeout_seconds=60
    )
    with database.transaction() as connection:
        connection.run("lock table sites in access exclusive mode")  # a question that takes as long as we like
        with closing(stats.connect(f"GET /v1/stats/{question} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())):
            eventually(lambda: database.run(WAITING) == [[1]], 20, "the question is being answered")
        eventually(lambda: database.run(WAITING) == [[0]], TIMEOUT_SECONDS / 4, "the statement is gone")

    assert ask(stats, question) is not None
    assert "Traceback" not in stats.log
