"""Histories of sites in two databases, delivered together: the API says of each what the oracle says."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import count, zip_longest
from random import Random

import pytest
from starlette.testclient import TestClient

from common.groups.database_of_site import DatabaseOfSite
from common.groups.databases import Databases
from common.groups.slots import HOME, find_slot
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.settings import Settings
from functions.process.app import handle_batch
from functions.process.grouped_store import GroupedStore
from functions.process.store import PostgresStore
from functions.stats.estimator.budgets import Budgets
from infra.verification.recount import verify_aggregates
from tests.conftest import make_database
from tests.contract.everywhere import SECOND, put_slots
from tests.oracle.comparison import compare
from tests.oracle.conftest import CASES, NOW, SEED, make_client, tally
from tests.oracle.histories import Batch, History, make_history
from tests.oracle.oracle import Site
from tests.oracle.queries import make_query

MOVED = range(128, 256)
AT_A_TIME = 4
"""So many sites' events come in one batch."""
QUERIES_A_SITE = 15


class Groups:
    """Two databases, with half of the slots each, the processor's store over both, and what asks stats."""

    def __init__(self, settings: Settings, databases: Databases) -> None:
        self._databases = databases
        self._store = GroupedStore(databases, {name: PostgresStore(one) for name, one in databases.groups.items()})
        self._numbers = count(1)
        self.client: TestClient = make_client(settings, DatabaseOfSite(databases), Budgets(), NOW)

    def add(self, history: History) -> str:
        """A site for it, in the group of its slot."""
        site_id = f"site {next(self._numbers)}"
        statement = "insert into sites (site_id, time_zone) values (:site_id, :time_zone)"
        database = self._databases.groups[name_group(site_id)]
        database.run(statement, site_id=site_id, time_zone=history.time_zone)
        return site_id

    def deliver(self, entries: Batch) -> None:
        """In one batch."""
        records = [{"messageId": f"0:{next(self._numbers)}-0", "body": json.dumps(entry)} for entry in entries]
        assert handle_batch({"Records": records}, self._store) == {"batchItemFailures": []}


def name_group(site_id: str) -> str:
    return SECOND if find_slot(site_id) in MOVED else HOME


@pytest.fixture
def urls(settings: Settings, postgres_url: str, administrator: Connection) -> Iterator[dict[str, str]]:
    with make_database(postgres_url, administrator) as second:
        yield {HOME: settings.database_url, SECOND: second}


@pytest.fixture
def groups(settings: Settings, urls: dict[str, str]) -> Iterator[Groups]:
    with ExitStack() as stack:
        opened = {
            name: stack.enter_context(closing(Database(url, connections=4, timeout_seconds=300)))
            for name, url in urls.items()
        }
        put_slots(opened[HOME], opened[SECOND], MOVED)
        groups = Groups(settings, Databases(opened))
        stack.enter_context(groups.client)
        yield groups


@pytest.mark.parametrize(
    "numbers", [range(1), pytest.param(range(1, max(2, CASES // 60)), marks=pytest.mark.long)], ids=["one", "others"]
)
def test_sites_of_several_groups_have_the_oracles_answers(numbers: range, groups: Groups, urls: dict[str, str]) -> None:
    used = set()
    for number in numbers:
        random = Random(f"{SEED} groups {number}")
        histories = [make_history(random) for _ in range(AT_A_TIME)]
        sites = {groups.add(history): history for history in histories}
        used |= {name_group(site_id) for site_id in sites}
        parts = [[mix(site_id, batch) for batch in history.batches] for site_id, history in sites.items()]
        for batches in zip_longest(*parts, fillvalue=[]):
            groups.deliver(join(batches))
        for site_id, history in sites.items():
            ask_all(random, groups.client, site_id, history)
    assert number == 0 or used == {HOME, SECOND}
    assert [list(verify_aggregates(url)) for url in urls.values()] == [[], []]


def mix(site_id: str, batch: Batch) -> Batch:
    """A batch's entries, as events of a site."""
    return [[{"site_id": site_id, **event} for event in entry] for entry in batch]


def join(batches: tuple[Batch, ...]) -> Batch:
    """The batches of several sites as one, of which each entry has events of all that have an entry there."""
    return [
        [event for entry in entries for event in entry]
        for entries in zip_longest(*batches, fillvalue=[])
        if any(entries)
    ]


def ask_all(random: Random, client: TestClient, site_id: str, history: History) -> None:
    site = Site(history.delivered, history.time_zone)
    for _ in range(QUERIES_A_SITE):
        endpoint, query = make_query(random, history)
        said = client.get(f"/v1/stats/{endpoint}", params={"site_id": site_id, **query}).json()
        found = compare(endpoint, query, said, site.answer(endpoint, query, NOW))
        tally["answers of sites in several databases"] += 1
        assert found.differences == [], (site_id, endpoint, query)
        assert not found.estimates
