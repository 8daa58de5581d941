"""Group commit: what shares a write, and who hears of it."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from common.errors import Unavailable
from common.placement import find_stripe
from common.redis.entry_buffer import WRITES_IN_FLIGHT, EntryBuffer
from common.wire import Entry

STRIPE = find_stripe("blog")


class Writes:
    """Remembers what is written; a write ends when `gate` is set."""

    def __init__(self) -> None:
        self.entries: list[list[Entry]] = []
        self.sites: list[dict[str, int]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, entries: Sequence[Entry], sites: Mapping[str, int]) -> None:
        self.entries.append(list(entries))
        self.sites.append(dict(sites))
        await self.gate.wait()
        if self.error:
            raise self.error


def test_requests_of_one_turn_share_an_entry() -> None:
    async def scenario() -> list[list[Entry]]:
        writes = Writes()
        writes.gate.set()
        buffer = EntryBuffer(writes)
        await asyncio.gather(*(buffer.append([("blog", b"%d" % n)]) for n in range(3)))
        return writes.entries

    assert asyncio.run(scenario()) == [[Entry(b"[0,1,2]", 3, stripe=STRIPE)]]


def test_a_write_knows_how_many_events_each_site_has() -> None:
    async def scenario() -> list[dict[str, int]]:
        writes = Writes()
        writes.gate.set()
        buffer = EntryBuffer(writes)
        await asyncio.gather(buffer.append([("blog", b"1"), ("shop", b"2")]), buffer.append([("blog", b"3")]))
        return writes.sites

    assert asyncio.run(scenario()) == [{"blog": 2, "shop": 1}]


def test_a_request_is_answered_only_when_its_entry_is_stored() -> None:
    async def scenario() -> None:
        writes = Writes()
        request = asyncio.ensure_future(EntryBuffer(writes).append([("blog", b"1")]))
        await asyncio.sleep(0.01)
        assert writes.entries
        assert not request.done()
        writes.gate.set()
        await request

    asyncio.run(scenario())


def test_a_failed_write_fails_every_request_that_shared_it() -> None:
    async def scenario() -> list[BaseException | None]:
        writes = Writes()
        writes.error = Unavailable("down")
        writes.gate.set()
        buffer = EntryBuffer(writes)
        return await asyncio.gather(*(buffer.append([("blog", b"1")]) for _ in range(3)), return_exceptions=True)

    assert [str(result) for result in asyncio.run(scenario())] == ["down"] * 3


def test_writes_in_flight_are_bounded_and_what_waits_shares_the_next() -> None:
    async def scenario() -> list[int]:
        writes = Writes()
        buffer = EntryBuffer(writes)
        requests = []
        for _ in range(WRITES_IN_FLIGHT + 5):
            requests.append(asyncio.ensure_future(buffer.append([("blog", b"1")])))
            await asyncio.sleep(0.001)
        assert len(writes.entries) == WRITES_IN_FLIGHT
        writes.gate.set()
        await asyncio.gather(*requests)
        return [entries[0].count for entries in writes.entries]

    assert asyncio.run(scenario()) == [1] * WRITES_IN_FLIGHT + [5]


def test_a_cancelled_request_does_not_harm_those_it_shared_with() -> None:
    async def scenario() -> None:
        writes = Writes()
        buffer = EntryBuffer(writes)
        leaves, stays = (asyncio.ensure_future(buffer.append([("blog", b"1")])) for _ in range(2))
        await asyncio.sleep(0.001)
        leaves.cancel()
        writes.gate.set()
        await stays
        with pytest.raises(asyncio.CancelledError):
            await leaves

    asyncio.run(scenario())
