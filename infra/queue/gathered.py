"""Which sites brought more different values than a day may have, as ingest counted it."""

from collections import Counter
from typing import Any

from common.event import OTHER
from common.redis.client import translated
from common.redis.driver import Redis
from common.redis.keys import ShardKeys
from common.settings import Settings

MINUTES = 24 * 60
_AT_ONCE = 200


def count_gathered(redis: "Redis", settings: Settings, minute: int) -> Counter[tuple[str, str]]:
    """Events of the last 24 hours that count under "(other)", by site and field. Raises Unavailable.

    `minute`: the present one, since 1970. The site is empty where ingest counted by field alone.
    """
    prefix = ShardKeys.of(settings.stream_name, 0).dropped
    minutes = range(minute - min(MINUTES, settings.ledger_hours * 60) + 1, minute + 1)
    counts: Counter[tuple[str, str]] = Counter()
    with translated():
        for first in range(0, len(minutes), _AT_ONCE):
            pipeline: Any = redis.pipeline(transaction=False)
            for one in minutes[first : first + _AT_ONCE]:
                pipeline.hgetall(f"{prefix}{one}")
            for content in pipeline.execute():
                for name, events in content.items():
                    field, _, site = name.decode().partition(" ")
                    if field.endswith(OTHER):
                        counts[site, field.removesuffix(OTHER)] += int(events)
    return counts
