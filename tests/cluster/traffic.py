"""What ingest and the poller do all the time, and what ingest answered with a 202."""

import asyncio
import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from redis import Redis
from valkey_cluster import eventually

from common.errors import Unavailable
from common.redis.stream import RedisStream
from common.settings import Settings
from common.wire import Entry
from infra.queue.consumer import RedisQueue
from infra.queue.status import read_status

SENDERS_PER_SHARD = 2


@dataclass
class Traffic:
    """Events sent to every shard until told to stop."""

    settings: Settings
    acknowledged: Counter[int] = field(default_factory=Counter)
    """How many of each shard."""
    acknowledged_ids: set[int] = field(default_factory=set)
    refused: int = 0
    is_over: bool = False

    def wait_for_more(self, events: int = 20, shard: int | None = None) -> None:
        """Return when so many more were acknowledged."""
        before = self._count(shard)
        eventually(lambda: self._count(shard) >= before + events)

    def _count(self, shard: int | None) -> int:
        return self.acknowledged.total() if shard is None else self.acknowledged[shard]

    async def _send(self, stream: RedisStream, shard: int, ids: "itertools.count[int]") -> None:
        while not self.is_over:
            event = next(ids)
            try:
                await stream.append(shard, [("blog", json.dumps(event).encode())])
            except Unavailable:  # any other error ends the test
                self.refused += 1
                await asyncio.sleep(0.02)
            else:
                self.acknowledged[shard] += 1
                self.acknowledged_ids.add(event)

    async def _run(self) -> None:
        stream, ids = RedisStream(self.settings), itertools.count()
        shards = list(range(self.settings.stream_shards)) * SENDERS_PER_SHARD
        try:
            await asyncio.gather(*(self._send(stream, shard, ids) for shard in shards))
        finally:
            await stream.close()

    def run(self) -> None:
        asyncio.run(self._run())


@contextmanager
def traffic(settings: Settings) -> Iterator[Traffic]:
    """Traffic for as long as a block of code runs."""
    sent = Traffic(settings)
    with _thread(sent.run):
        try:
            sent.wait_for_more()
            yield sent
        finally:
            sent.is_over = True


@contextmanager
def polling(settings: Settings, redis: "Redis", handle: Callable[[RedisQueue, list[Entry]], None]) -> Iterator[None]:
    """Every shard read, each by a thread, for as long as a block of code runs."""
    is_over = threading.Event()

    def poll(shard: int) -> None:
        queue = RedisQueue(redis, settings, shard, lane=0)
        while not is_over.is_set():
            try:
                handle(queue, queue.read_new(50))
                read_status(redis, settings)
            except Unavailable:
                is_over.wait(0.05)

    with _threads([lambda shard=shard: poll(shard) for shard in range(settings.stream_shards)]):
        try:
            yield
        finally:
            is_over.set()


def drain(settings: Settings, redis: "Redis") -> set[int]:
    """The events of all that is still queued, which is settled then; like a poller, it tries again what is away."""
    queues = [RedisQueue(redis, settings, shard, lane=0) for shard in range(settings.stream_shards)]
    events: set[int] = set()

    def is_drained() -> bool:
        for queue in queues:
            entries = queue.read_own() or queue.read_new(1)
            events.update(events_of(entries))
            queue.settle(entries)
        return read_status(redis, settings).entries == 0

    eventually(lambda: is_available(is_drained))
    return events


def is_available(work: Callable[[], object]) -> bool:
    """Whether it is done: neither was the queue away, nor does it say that it is not."""
    try:
        return work() is not False
    except Unavailable:
        return False


def events_of(entries: list[Entry]) -> set[int]:
    return {event for entry in entries for event in json.loads(entry.data)}


@contextmanager
def _thread(work: Callable[[], None]) -> Iterator[None]:
    with _threads([work]):
        yield


@contextmanager
def _threads(works: list[Callable[[], None]]) -> Iterator[None]:
    """Run these beside a block of code, which is to end them; raises the first error of any."""
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
