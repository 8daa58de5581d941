"""Looks at the queue: what PostgreSQL is to remember of it (see common.witness)."""

import secrets
from collections.abc import Mapping, Sequence

from common.redis.client import run_script, translated
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.witness.sighting import Sighting

GENERATION_BYTES = 12
NEW = "new"
"""The generation of a queue that has none yet, as long as nobody gives it one."""


def look(
    redis: "Redis",
    settings: Settings,
    next_marks: Mapping[int, int] | None = None,
    told: Sequence[Sighting] = (),
) -> list[Sighting]:
    """What each shard shows now. Raises Unavailable.

    `next_marks`: the mark that each shard is to get, for the one who watches the queue; None changes nothing.
    `told`: the last look that PostgreSQL has remembered, as far as it is known.
    In a cluster no mark is written: the replica that takes over may not have it, though it has every event.
    """
    found = []
    remembered = {one.shard: one for one in told}
    for shard in settings.all_shards:
        keys = ShardKeys.of(settings.stream_name, shard)
        mark = (next_marks or {}).get(shard, 0) if not settings.redis_cluster else 0
        generation = secrets.token_hex(GENERATION_BYTES) if next_marks is not None else ""
        with translated():
            known = remembered.get(shard)
            arguments = [generation, mark, *((known.at_ms, known.settled) if known else (0, 0))]
            answer = run_script(redis, __name__, "look", [keys.witness, keys.backlog, keys.stream], arguments)
        kept, mark, marked_at, marked_accepted, now, last, oldest, accepted, queued, *behind = answer
        found.append(
            Sighting(
                stream=settings.stream_name,
                shard=shard,
                generation=kept.decode() or NEW,
                mark=mark,
                marked_at_ms=marked_at,
                marked_accepted=max(0, marked_accepted),
                at_ms=now,
                last_ms=last,
                oldest_ms=oldest,
                accepted=max(0, accepted),
                queued=max(0, queued),
                behind=behind[0],
                behind_from_ms=behind[1],
                behind_about=behind[2],
                previous_marked_at_ms=behind[3],
                told_ms=behind[4],
            )
        )
    return found
