"""Who changed what in any group, in one order and page by page."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from common.postgres.database import Database
from common.settings import Settings
from infra.cli.main import analytics
from tests.contract.group_of_tests import Groups
from tests.functions.conftest import Serve

KEY = {"Authorization": f"Bearer {'k' * 32}"}
NOBODY = "second=postgresql://a@127.0.0.1:1/none"
NEWEST_FIRST = ["h4", "s3", "s2", "h3", "h2", "s1", "h1"]


@pytest.fixture
def groups(settings: Settings, other_urls: dict[str, str], environment: pytest.MonkeyPatch) -> Iterator[Groups]:
    made = Groups(settings, other_urls)
    environment.setenv("DATABASE_GROUPS", made.settings.database_groups)
    environment.setenv("DATABASE_URL", made.settings.database_url)
    environment.setenv("STATS_API_KEY", "k" * 32)
    for hour, target in enumerate(reversed(NEWEST_FIRST)):
        log(made.home if target[0] == "h" else made.second, target, hour)
    yield made
    made.close()


def log(database: Database, target: str, hour: int) -> None:
    database.run(
        "insert into audit_log (at, actor, action, target, detail) values"
        " (timestamptz '2025-06-02T00:00Z' + make_interval(hours => :hour), 'a test', 'site.change', :target, '{}')",
        hour=hour,
        target=target,
    )


def ask(stats: TestClient, **query: object) -> Any:
    answer = stats.get("/v1/audit", params=query, headers=KEY)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read_pages(stats: TestClient, limit: int) -> Iterator[list[str]]:
    before: dict[str, str] = {}
    while True:
        page = ask(stats, limit=limit, **before)
        yield [change["target"] for change in page["data"]]
        if page["meta"]["next"] is None:
            return
        before = {"before": page["meta"]["next"]}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_each_change_is_on_one_page_and_the_newest_first(groups: Groups, serve: Serve, limit: int) -> None:
    pages = list(read_pages(serve("stats"), limit))
    assert [target for page in pages for target in page] == NEWEST_FIRST
    assert all(len(page) == limit for page in pages[:-1])


def test_a_change_says_whose_log_it_is_in(groups: Groups, serve: Serve) -> None:
    changes = ask(serve("stats"))["data"]
    assert [change["group"][0] + str(change["id"]) for change in changes] == NEWEST_FIRST


def test_what_is_written_between_two_pages_is_on_neither(groups: Groups, serve: Serve) -> None:
    stats = serve("stats")
    first = ask(stats, limit=1)
    log(groups.home, "new", 90)
    log(groups.second, "new", 91)
    rest = ask(stats, before=first["meta"]["next"])["data"]
    assert [change["target"] for change in [*first["data"], *rest]] == NEWEST_FIRST


def test_a_group_that_is_down_is_said_and_its_changes_follow_later(
    groups: Groups, serve: Serve, environment: pytest.MonkeyPatch
) -> None:
    with environment.context() as down:
        down.setenv("DATABASE_GROUPS", NOBODY)
        first = ask(serve("stats"), limit=2)
    assert [change["target"] for change in first["data"]] == ["h4", "h3"]
    assert first["meta"]["complete"] is False
    rest = ask(serve("stats"), before=first["meta"]["next"])
    assert {change["target"] for change in rest["data"]} == {"h1", "h2", "s1", "s2", "s3"}


@pytest.mark.parametrize("before", ["5", "home", "home:0", "home:1,,second:1", "second:99999999999999999"])
def test_a_position_that_is_none_is_refused_with_what_would_be_right(groups: Groups, serve: Serve, before: str) -> None:
    answer = serve("stats").get("/v1/audit", params={"before": before}, headers=KEY)
    assert answer.status_code == 422
    assert "`meta.next` of the page before" in answer.json()["errors"][0]["detail"]


def test_the_command_goes_on_with_what_it_names(groups: Groups) -> None:
    first = CliRunner().invoke(analytics, ["audit", "--limit", "3", "--json"])
    assert [change["target"] for change in json.loads(first.stdout)] == NEWEST_FIRST[:3]
    position = first.stderr.split()[-1]
    rest = CliRunner().invoke(analytics, ["audit", "--before", position])
    assert [line.split("site.change ")[1].strip() for line in rest.stdout.splitlines()] == NEWEST_FIRST[3:]
    assert CliRunner().invoke(analytics, ["audit", "--before", "7"]).exit_code == 2
