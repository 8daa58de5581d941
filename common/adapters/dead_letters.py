"""Events that the processor could not process: listed, shown, edited and replayed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from redis import Redis

from common.adapters.redis_client import run_script, translated
from common.adapters.redis_keys import ShardKeys
from common.settings import Settings


@dataclass(frozen=True)
class DeadLetter:
    """An event given up: `message_id` is where it was, `payload` the JSON array that held it alone.

    `original` is the payload before its first edit, empty if there was none.
    """

    message_id: str
    payload: str
    reason: str
    attempts: int
    original: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self)


class DeadLetters:
    """The dead letters of all shards. Every method raises Unavailable if Redis does not answer."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._settings = settings

    def list(self) -> Iterator[DeadLetter]:
        """All of them, a few at a time."""
        for shard in range(self._settings.stream_shards):
            with translated():
                for message_id, letter in self._redis.hscan_iter(self._keys(shard).dead_letters, count=100):
                    yield _read(message_id.decode(), letter)

    def find(self, message_id: str) -> DeadLetter | None:
        """One of them."""
        with translated():
            letter: Any = self._redis.hget(self._keys_of(message_id).dead_letters, message_id)
        return _read(message_id, letter) if letter else None

    def save(self, letter: DeadLetter) -> None:
        """Put an edited letter in the place of the one that was there."""
        content = {name: value for name, value in letter.as_dict().items() if name != "message_id" and value != ""}
        with translated():
            self._redis.hset(self._keys_of(letter.message_id).dead_letters, letter.message_id, json.dumps(content))

    def replay(self, letter: DeadLetter) -> bool:
        """Queue its event again and forget the letter, both or neither; False if it was gone already.

        The event keeps its id and timestamp: replayed twice, it counts once.
        """
        keys = self._keys_of(letter.message_id)
        with translated():
            done = run_script(
                self._redis,
                "replay",
                [keys.stream, keys.backlog, keys.dead_letters],
                [letter.message_id, letter.payload],
            )
        return bool(done)

    def _keys(self, shard: int) -> ShardKeys:
        return ShardKeys.of(self._settings.stream_name, shard)

    def _keys_of(self, message_id: str) -> ShardKeys:
        shard = message_id.partition(":")[0]
        return self._keys(int(shard) if shard.isdigit() else 0)


def _read(message_id: str, letter: bytes) -> DeadLetter:
    return DeadLetter(message_id, **json.loads(letter))
