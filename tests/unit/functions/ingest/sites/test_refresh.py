"""How an instance of ingest keeps what it knows of sites fresh."""

import asyncio
from collections.abc import Iterator

import pytest

from common.errors import Unavailable
from common.settings import UnknownSites
from common.sites.document import PublishedSite, SitesDocument, write_document
from functions.ingest.sites.refresh import CHECK_SECONDS, STALE_SECONDS, KnownSites


class Source:
    """Redis, in whose place a test says what is published."""

    def __init__(self) -> None:
        self.published: tuple[str, bytes] | None = None
        self.is_down = False
        self.reads = 0

    def publish(self, version: str, known: frozenset[str] | None = None, **sites: PublishedSite) -> None:
        self.published = (version, write_document(SitesDocument(sites, {}, known)).encode())

    async def read(self, version: str) -> tuple[str, bytes] | None:
        self.reads += 1
        if self.is_down:
            raise Unavailable("down")
        return None if self.published is None or self.published[0] == version else self.published


class Instance:
    """An instance with a clock of its own."""

    def __init__(self, runner: asyncio.Runner, unknown_sites: UnknownSites = "create") -> None:
        self.now = 1_000.0
        self.source = Source()
        self._known = KnownSites(self.source, unknown_sites, lambda: self.now)
        self._runner = runner

    def find(self, later: float = 0) -> set[str]:
        """The sites that want anything, so much later; then whatever was begun is ended."""
        self.now += later

        async def find() -> set[str]:
            sites = await self._known.find()
            await asyncio.sleep(0)
            return set(sites.judges)

        return self._runner.run(find())


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as opened:
        yield opened


@pytest.fixture
def instance(runner: asyncio.Runner) -> Instance:
    return Instance(runner)


PAUSED = PublishedSite(is_paused=True)


def test_the_first_request_already_knows_the_sites(instance: Instance) -> None:
    instance.source.publish("1", blog=PAUSED)
    assert instance.find() == {"blog"}


def test_a_change_is_in_force_within_seconds_and_most_requests_ask_nobody(instance: Instance) -> None:
    assert instance.find() == set()
    instance.source.publish("1", blog=PAUSED)
    for _ in range(100):
        instance.find()
    assert instance.source.reads == 1
    instance.find(CHECK_SECONDS + 0.1)
    assert instance.find() == {"blog"}
    assert instance.source.reads == 2


def test_an_instance_that_slept_asks_before_it_answers(instance: Instance) -> None:
    assert instance.find() == set()
    instance.source.publish("1", blog=PAUSED)
    assert instance.find(STALE_SECONDS + 0.1) == {"blog"}


def test_what_was_known_last_stays_where_settings_cannot_be_had(instance: Instance) -> None:
    instance.source.publish("1", blog=PAUSED)
    assert instance.find() == {"blog"}
    instance.source.is_down = True
    assert instance.find(60) == {"blog"}
    instance.source.is_down = False
    instance.source.published = None  # Redis was emptied
    assert instance.find(60) == {"blog"}
    instance.source.published = ("2", b"{broken")
    assert instance.find(60) == {"blog"}


def test_where_unknown_sites_are_rejected_an_instance_that_knows_none_asks_to_try_again(runner: asyncio.Runner) -> None:
    instance = Instance(runner, "reject")
    with pytest.raises(Unavailable):
        instance.find()
    instance.source.publish("1", frozenset({"blog"}))
    assert instance.find(STALE_SECONDS + 0.1) == set()
