"""Reads the stream for the poller. Entries are acknowledged here and nowhere else."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common.dead_letter import DeadLetter
from common.redis.client import run_script, translated
from common.redis.driver import Redis, ResponseError
from common.redis.keys import GROUP, ShardKeys
from common.settings import Settings
from common.wire import Entry, read_entry
from infra.queue.lead import name_poller

READ_COUNT = 50
"""Entries per read. An entry is at most 1 MiB, so this bounds memory."""
Note = Callable[[Sequence[DeadLetter]], None]
"""Who counts dead letters."""


class RedisQueue:
    """One consumer of one shard."""

    page = READ_COUNT

    def __init__(self, redis: "Redis", settings: Settings, shard: int, lane: int = 0, note: Note | None = None) -> None:
        """`note`: is told of dead letters once they are saved."""
        self._note = note
        self._redis = redis
        self._shard = shard
        self._keys = ShardKeys.of(settings.stream_name, shard)
        self._consumer = f"{name_poller(settings)}-{lane}"
        self._keep_seconds = settings.ledger_hours * 3600
        self._claim_idle_ms = int(settings.claim_idle_seconds * 1000)

    def read_own(self, after: str = "") -> list[Entry]:
        """Entries delivered to this consumer but not settled yet, oldest first. `after`: those after this message.

        Reading them resets their idle times, so that no other consumer claims them yet.
        """
        return self._read_group(_local_id(after) or "0", None)

    def read_new(self, block_ms: int) -> list[Entry]:
        """Entries not yet delivered to any consumer; waits up to `block_ms` for one, unless that is 0."""
        return self._read_group(">", block_ms or None)

    def claim(self) -> list[Entry]:
        """Take over entries that a consumer received long ago and never settled."""
        with translated():
            self._create_group()
            _, messages, *_ = self._redis.xautoclaim(
                self._keys.stream, GROUP, self._consumer, self._claim_idle_ms, count=READ_COUNT
            )
            return self._entries(messages)

    def hold(self, entry: Entry) -> None:
        """Reset an entry's idle time, so that no other consumer claims it yet."""
        with translated():
            self._redis.xclaim(self._keys.stream, GROUP, self._consumer, 0, [_local_id(entry.message_id)], justid=True)

    def settle(self, entries: Sequence[Entry], dead_letters: Sequence[DeadLetter] = ()) -> None:
        """Acknowledge and delete these entries, and save the dead letters that came from them."""
        if not entries:
            return
        arguments: list[Any] = [GROUP, self._keep_seconds, len(entries)]
        for entry in entries:
            arguments += (_local_id(entry.message_id), entry.count, len(entry.data))
        for letter in dead_letters:
            arguments += (letter.message_id, letter.encode(), letter.site_id)
        keys = self._keys
        touched = [keys.stream, keys.backlog, keys.failures, keys.dead_letters, keys.dead]
        with translated():
            run_script(self._redis, __name__, "settle", touched, arguments)
        if self._note is not None:
            self._note(dead_letters)

    def count_failures(self, message_ids: Sequence[str]) -> list[int]:
        """Add one failure to each; returns the new counts, 0 for one that another poller has settled."""
        fields = [_local_id(message_id) for message_id in message_ids]
        keys = [self._keys.failures, self._keys.stream]
        with translated():
            counts: list[int] = run_script(self._redis, __name__, "count_failures", keys, fields)
            return counts

    def read_failures(self, message_ids: Sequence[str]) -> list[int]:
        """How often each has failed."""
        if not message_ids:
            return []
        with translated():
            fields = [_local_id(message_id) for message_id in message_ids]
            counts: Any = self._redis.hmget(self._keys.failures, fields)
            return [int(count or 0) for count in counts]

    def _read_group(self, position: str, block_ms: int | None) -> list[Entry]:
        with translated():
            try:
                answer = self._xreadgroup(position, block_ms)
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                self._create_group()
                answer = self._xreadgroup(position, block_ms)
        return [entry for _, messages in answer for entry in self._entries(messages)]

    def _xreadgroup(self, position: str, block_ms: int | None) -> Any:
        streams: dict[Any, Any] = {self._keys.stream: position}
        return self._redis.xreadgroup(GROUP, self._consumer, streams, count=READ_COUNT, block=block_ms)

    def _create_group(self) -> None:
        try:
            # Read from the start: entries queued before the group existed must be delivered too.
            self._redis.xgroup_create(self._keys.stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def _entries(self, messages: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> list[Entry]:
        entries = []
        for stream_id, fields in messages:
            message_id = f"{self._shard}:{stream_id.decode()}"
            if fields:
                entries.append(read_entry(message_id, fields))
            else:  # delivered to us, but another poller has settled it since
                self.settle([Entry(b"", 0, message_id)])
        return entries


def _local_id(message_id: str) -> str:
    """A message id without its shard: a stream id, with or without an event's index."""
    return message_id.partition(":")[2]
