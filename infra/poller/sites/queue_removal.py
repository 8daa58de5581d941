"""What Redis holds of a site: queued events, dead letters, the ledger's counts."""

import json
import re
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, cast

from common.redis.client import translated
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.wire import find_site
from infra.ledger.shared_counts import UNKNOWN, find_shared_field

READ_COUNT = 100
KEYS_AT_ONCE = 500


class QueueRemoval:
    """Every method raises Unavailable if Redis does not answer."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._shards = [ShardKeys.of(settings.stream_name, shard) for shard in settings.all_shards]
        self._ledger_minutes = settings.ledger_hours * 60

    def holds(self, site_id: str) -> bool:
        """Whether an event of the site is on the stream: the processor will leave it out."""
        with translated():
            return any(
                self._names(fields.get(b"data", b""), site_id) for keys in self._shards for fields in self._scan(keys)
            )

    def forget(self, site_id: str) -> None:
        """Delete the site's dead letters, that it was there, and what the ledger counts of it."""
        with translated():
            for keys in self._shards:
                self._redis.zrem(keys.sites, site_id)
                self._forget_letters(keys, site_id)
                self._forget_counts(keys, site_id)

    def _scan(self, keys: ShardKeys) -> Iterator[dict[bytes, bytes]]:
        start = "-"
        while messages := cast("list[Any]", self._redis.xrange(keys.stream, start, "+", count=READ_COUNT)):
            for _, fields in messages:
                yield fields
            start = f"({messages[-1][0].decode()}"

    def _names(self, data: bytes, site_id: str) -> bool:
        if site_id.isascii() and site_id.encode() not in data and b"\\" not in data:
            return False  # most entries: reading one takes a hundred times as long
        try:
            events = json.loads(data)
        except (ValueError, RecursionError):
            return False
        return isinstance(events, list) and any(find_site(event) == site_id for event in events)

    def _forget_letters(self, keys: ShardKeys, site_id: str) -> None:
        from common.dead_letter import DeadLetter

        for message_id, letter in self._redis.hscan_iter(keys.dead_letters, count=READ_COUNT):
            found = DeadLetter.decode(message_id.decode(), letter)
            if found.site_id == site_id or (not found.site_id and _is_named(site_id, found.payload)):
                self._redis.hdel(keys.dead_letters, message_id)

    def _forget_counts(self, keys: ShardKeys, site_id: str) -> None:
        now = int(time.time() // 60)
        minutes = range(now - self._ledger_minutes - 1, now + 2)
        field = find_shared_field(site_id)
        for chunk in _cut(f"{keys.accepted}{minute}" for minute in minutes):
            pipeline: Any = self._redis.pipeline(transaction=False)
            for key in chunk:
                pipeline.hdel(key, site_id).hexists(key, field)
            shared = [key for key, found in zip(chunk, pipeline.execute()[1::2], strict=True) if found]
            for key in shared:  # how much of the shared count was this site's, nobody knows
                self._redis.hset(key, field + UNKNOWN, 1)
        prefixes = (keys.dead, keys.dropped)
        for chunk in _cut(f"{prefix}{minute}" for prefix in prefixes for minute in minutes):
            pipeline = self._redis.pipeline(transaction=False)
            for key in chunk:
                pipeline.hgetall(key)
            for key, content in zip(chunk, pipeline.execute(), strict=True):
                self._forget_fields(key, content, site_id, is_dead=key.startswith(keys.dead))

    def _forget_fields(self, key: str, content: dict[bytes, bytes], site_id: str, *, is_dead: bool) -> None:
        """Fields of the dead are messages with the site as value; of what was dropped `<field> <site>`."""
        site = site_id.encode()
        found = [name for name, value in content.items() if (value if is_dead else name.partition(b" ")[2]) == site]
        if found:
            self._redis.hdel(key, *found)


def _is_named(site_id: str, payload: str) -> bool:
    """Whether a payload that could not be read as events says that it is of this site, however often it was quoted."""
    written = re.escape(json.dumps(site_id)[1:-1])
    return re.search(rf'"site_id\\*"\s*:\s*\\*"{written}\\*"', payload) is not None


def _cut(keys: Iterable[str]) -> Iterator[list[str]]:
    keys = iter(keys)
    while chunk := list(islice(keys, KEYS_AT_ONCE)):
        yield chunk
