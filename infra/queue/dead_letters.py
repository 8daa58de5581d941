"""Lists, edits and replays events that the processor could not process."""

from collections.abc import Iterator
from typing import Any

from common.dead_letter import DeadLetter
from common.redis.client import run_script, translated
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings


class DeadLetters:
    """The dead letters of all shards. Every method raises Unavailable if Redis does not answer."""

    def __init__(self, redis: "Redis", settings: Settings) -> None:
        self._redis = redis
        self._settings = settings

    def list(self) -> Iterator[DeadLetter]:
        """All dead letters, read a few at a time."""
        for shard in self._settings.all_shards:
            with translated():
                for message_id, letter in self._redis.hscan_iter(self._keys(shard).dead_letters, count=100):
                    yield DeadLetter.decode(message_id.decode(), letter)

    def find(self, message_id: str) -> DeadLetter | None:
        """The dead letter with this message id, if there is one."""
        with translated():
            letter: Any = self._redis.hget(self._keys_of(message_id).dead_letters, message_id)
        return DeadLetter.decode(message_id, letter) if letter else None

    def save(self, letter: DeadLetter) -> None:
        """Replace a stored letter with its edited version."""
        with translated():
            self._redis.hset(self._keys_of(letter.message_id).dead_letters, letter.message_id, letter.encode())

    def replay(self, letter: DeadLetter) -> bool:
        """Queue its event again as newly accepted and delete the letter; False if it was already gone.

        The event keeps its id and timestamp, so replaying it twice counts it once.
        """
        keys = self._keys_of(letter.message_id)
        with translated():
            done = run_script(
                self._redis,
                __name__,
                "replay",
                [keys.stream, keys.backlog, keys.dead_letters, keys.accepted],
                [
                    letter.message_id,
                    letter.payload,
                    letter.site_id,
                    self._settings.ledger_hours * 3600,
                    self._settings.shard_counts_per_hour,
                ],
            )
        return bool(done)

    def _keys(self, shard: int) -> ShardKeys:
        return ShardKeys.of(self._settings.stream_name, shard)

    def _keys_of(self, message_id: str) -> ShardKeys:
        shard = message_id.partition(":")[0]
        return self._keys(int(shard) if shard.isdecimal() else 0)
