"""Shared links that are made and changed on the command line: what is set of them holds at stats."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from common.settings import Settings
from infra.cli.links import links
from tests.functions.access.conftest import PASSWORD
from tests.functions.access.test_links import DAY, bearer
from tests.functions.access.test_links import filled as filled

SHARED = '[{"dimension": "path", "operator": "is", "value": "/shared"}]'


def run(settings: Settings, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(links, arguments, obj=settings)
    assert done.exit_code == code, done.output
    return done.output


def make(settings: Settings, *more: str) -> Any:
    return json.loads(run(settings, "make", "blog", "--name", "l", "--json", *more))


def count(stats: TestClient, token: str) -> int | None:
    """The page views that the link shows; None: it opens nothing."""
    answer = stats.get(f"/v1/stats/summary?site_id=blog{DAY}", headers=bearer(token))
    assert answer.status_code in (200, 401)
    return answer.json()["data"]["page_views"] if answer.status_code == 200 else None


def test_filters_of_the_command_line_hold_for_every_query(settings: Settings, filled: TestClient) -> None:
    link = make(settings, "--filters", SHARED)
    assert link["filters"] == json.loads(SHARED)
    assert count(filled, link["token"]) == 1
    run(settings, "set", link["link_id"], "--filters", "[]")
    assert count(filled, link["token"]) == 2


@pytest.mark.parametrize(
    "filters", ["path is /shared", "{}", '[{"dimension": "nothing", "operator": "is", "value": "x"}]']
)
def test_filters_that_stats_could_not_read_are_refused(settings: Settings, filled: TestClient, filters: str) -> None:
    told = run(settings, "make", "blog", "--name", "l", "--filters", filters, code=1)
    assert "The filters are not valid." in told
    assert run(settings, "list") == "No links.\n"


def test_a_password_an_end_and_origins_are_set_and_taken_back(settings: Settings, filled: TestClient) -> None:
    link = make(settings, "--password", PASSWORD, "--expires", "2100-01-01", "--embed", "https://a.example")
    shown = {name: link[name] for name in ("has_password", "expires_at", "embed_origins")}
    assert shown == {
        "has_password": True, "expires_at": "2100-01-01T00:00:00+00:00", "embed_origins": ["https://a.example"],
    }  # fmt: skip
    assert count(filled, link["token"]) is None
    changed = json.loads(
        run(settings, "set", link["link_id"], "--password", "", "--expires", "never", "--no-embed", "--json")
    )
    assert (changed["has_password"], changed["expires_at"], changed["embed_origins"]) == (False, None, [])
    assert count(filled, link["token"]) == 2
