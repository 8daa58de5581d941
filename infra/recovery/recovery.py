"""Has the processor process entries once more that PostgreSQL has lost.

They keep their ids. So the processor tells those apart that it has dealt with, each event counts once however often
this runs, and the ledger has their outcomes in the minutes in which they were accepted.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from common import wire
from common.groups.slots import HOME
from common.redis.client import translated
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.wire import DEFERRED, Entry
from common.witness.sighting import Loss
from infra.poller.invoker import Crash, Invoker

MOST_TURNS = 100
"""How often a batch is sent again whose sites somebody else is writing."""


@dataclass
class Recovered:
    """What was found and sent."""

    entries: int = 0
    events: int = 0
    failed: int = 0
    """Events that the processor could not process, also alone."""


def choose(
    entries: Iterable[Entry],
    losses: Sequence[Loss],
    dead: frozenset[str],
    find_group: Callable[[str], str] = lambda _: HOME,
) -> Iterator[Entry]:
    """What was accepted in the time of a loss of its shard: entries, without the events that are dead letters.

    Of a further group's database that went back those of its sites alone. `find_group`: the group of a site.
    """
    for entry in entries:
        shard, at = int(entry.message_id.partition(":")[0]), wire.read_milliseconds(entry.message_id)
        if not entry.count or at is None:
            continue
        covering = [loss for loss in losses if loss.shard == shard and loss.from_ms <= at <= loss.until_ms]
        if not covering:
            continue
        parts = wire.split(entry)
        wanted = [
            part
            for part in parts
            if part.message_id not in dead and _concern(covering, find_group(wire.name_site(part)))
        ]
        yield from [entry] if len(wanted) == len(parts) else wanted


def _concern(losses: Sequence[Loss], group: str) -> bool:
    """Whether events of the group's sites may be lost. Home that went back does not know whether others did too."""
    return any(loss.group in ("", group) for loss in losses)


def find_dead(redis: "Redis", settings: Settings) -> frozenset[str]:
    """The message ids of all dead letters. Raises Unavailable."""
    with translated():
        found = [redis.hkeys(ShardKeys.of(settings.stream_name, shard).dead_letters) for shard in settings.all_shards]
    return frozenset(name.decode() for names in found for name in names)  # type: ignore[union-attr]


def recover(
    entries: Iterable[Entry],
    invoker: Invoker,
    most_events: int,
    most_bytes: int,
    wait: Callable[[float], object],
) -> Recovered:
    """Have the processor process these entries, in batches. `wait`: waits so many seconds. Raises Outage."""
    recovered = Recovered()
    for batch in _gather(entries, most_events, most_bytes):
        recovered.entries += len(batch)
        recovered.events += sum(entry.count for entry in batch)
        recovered.failed += _send(batch, invoker, wait)
    return recovered


def _gather(entries: Iterable[Entry], most_events: int, most_bytes: int) -> Iterator[list[Entry]]:
    """Batches of these entries, each without one that it has already: a folder may have two copies of a file."""
    batch: dict[str, Entry] = {}
    events = size = 0
    for entry in entries:
        if entry.message_id in batch:
            continue
        if batch and (events + entry.count > most_events or size + len(entry.data) > most_bytes):
            yield list(batch.values())
            batch, events, size = {}, 0, 0
        batch[entry.message_id] = entry
        events, size = events + entry.count, size + len(entry.data)
    if batch:
        yield list(batch.values())


def _send(batch: Sequence[Entry], invoker: Invoker, wait: Callable[[float], object]) -> int:
    """Returns how many events failed. A batch at fault is taken apart until each of its events was sent alone."""
    failed = 0
    for turn in range(MOST_TURNS):
        try:
            left = invoker.invoke(batch)
        except Crash:
            left = dict.fromkeys((entry.message_id for entry in batch), "unknown")
        at_fault = [entry for entry in batch if left.get(entry.message_id, DEFERRED) != DEFERRED]
        if len(batch) == 1 and at_fault:
            parts = wire.split(batch[0])
            return failed + (1 if len(parts) < 2 else sum(_send([part], invoker, wait) for part in parts))
        failed += sum(_send([entry], invoker, wait) for entry in at_fault)
        batch = [entry for entry in batch if left.get(entry.message_id) == DEFERRED]
        if not batch:
            return failed
        wait(min(5.0, 0.1 * (turn + 1)))
    return failed + sum(entry.count for entry in batch)
