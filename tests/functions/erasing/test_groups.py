"""Erasing in a site of another group, and while its slot is moved. On two real databases."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from redis import Redis

from common.erasure.criteria import Criteria
from common.erasure.requests import list_erasures, request_erasure
from common.postgres.database import Database
from common.settings import Settings
from common.wire import SitesAnswer, SitesTask, encode_sites_task, read_sites_answer
from functions.process.app import handle_batch
from infra.poller.sites.publisher import SitePublisher
from infra.verification.recount import verify_aggregates
from tests.contract.group_of_tests import MOVED, STAYS, Groups, batch, event

EVE = "eve-41aa@example.com"
STEPS = ("fence", "copy", "hand over", "open", "clear")
ANSWER = {"batchItemFailures": []}


class Poller(SitePublisher):
    """The poller's steps of sites, with a processor of both groups."""

    def __init__(self, redis: Redis, groups: Groups) -> None:
        super().__init__(redis, groups.settings, self, settle_seconds=0)
        self.groups = groups

    def ask(self, task: SitesTask) -> SitesAnswer:
        return read_sites_answer(json.dumps(handle_batch(encode_sites_task(task), self.groups.store)).encode())

    def finish(self) -> None:
        for _ in range(100):
            if not any(self.ask(SitesTask()).erasures):
                return
            self.step()
        raise AssertionError("the erasure does not end")


@pytest.fixture
def groups(settings: Settings, other_urls: dict[str, str]) -> Iterator[Groups]:
    made = Groups(settings, other_urls)
    yield made
    made.close()


@pytest.fixture
def poller(redis: Redis, groups: Groups) -> Poller:
    return Poller(redis, groups)


def make_batch() -> dict[str, Any]:
    """Of the person: stored, filtered, rejected; and of others."""
    return batch(
        [event(1), event(2, user_id=EVE, path=f"/of/{EVE}"), event(3, STAYS, user_id=EVE)],
        [event(4, user_id=EVE, filtered="bot"), {"site_id": MOVED, "bogus": 1, "user_id": EVE}],
        [event(5, user_id=EVE, path=None), event(6)],
        [{"bogus": 1, "user_id": EVE}],
    )


def find(groups: Groups, text: str = EVE) -> dict[str, set[str]]:
    """The tables of each group that have the text, of its own sites."""
    found: dict[str, set[str]] = {}
    for name, url in (("home", groups.settings.database_url), *groups.settings.database_urls.items()):
        with closing(Database(url, 1, 10)) as database:
            schema = "relnamespace = current_schema()::regnamespace"
            for [table] in database.run(f"select relname from pg_class where {schema} and relkind in ('r', 'p')"):
                named = f"select cast(one as text) from {table} as one where cast(one as text) like '%{text}%'"
                rows = database.run(named)
                if any(STAYS not in row for [row] in rows):
                    found.setdefault(name, set()).add(table)
    return found


def verify(groups: Groups) -> None:
    for url in (groups.settings.database_url, *groups.settings.database_urls.values()):
        assert verify_aggregates(url) == []


def count_outcomes(groups: Groups) -> dict[str, int]:
    query = "select outcome, events::int from outcomes"
    rows = [row for one in (groups.home, groups.second) for row in one.run(query)]
    return {outcome: sum(count for name, count in rows if name == outcome) for outcome, _ in rows}


def test_a_person_is_erased_from_a_site_of_another_group(groups: Groups, poller: Poller) -> None:
    groups.move()
    assert groups.deliver(make_batch()) == ANSWER
    assert "second" in find(groups)
    request_erasure(groups.second, "test", MOVED, Criteria(user_id=EVE))
    poller.finish()
    assert groups.deliver(make_batch()) == ANSWER
    assert find(groups) == {}
    assert len(groups.read(STAYS)["events"]) == 1
    assert count_outcomes(groups) == {"stored": 4, "filtered": 1, "rejected": 3}
    verify(groups)


@pytest.mark.long
@pytest.mark.parametrize("at", STEPS)
@pytest.mark.parametrize("before", [0, 2, 30])
def test_an_erasure_goes_on_while_its_site_is_moved(at: str, before: int, groups: Groups, poller: Poller) -> None:
    """So many steps before the move, and many at one step of it."""
    assert groups.deliver(make_batch()) == ANSWER
    if before < 30:
        request_erasure(groups.home, "test", MOVED, Criteria(user_id=EVE))
    for _ in range(before):
        poller.step()

    def work(step: str) -> None:
        if step == at:
            groups.databases.forget_map()
            groups.deliver(make_batch())
            for _ in range(12):
                poller.step()
            groups.deliver(make_batch())

    groups.move(step=work)
    if before == 30:
        request_erasure(groups.second, "test", MOVED, Criteria(user_id=EVE))
    poller.finish()
    assert groups.deliver(make_batch()) == ANSWER
    assert find(groups) == {}
    verify(groups)
    assert {one.stage for one in list_erasures(groups.second)} == {"done"}
    assert sum(count_outcomes(groups).values()) == 8
