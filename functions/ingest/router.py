"""Which stream a site's events join: everybody's, or the one for what is over the site's share."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from common.placement import find_overflow, find_shard
from common.redis.entry_buffer import SiteEvent, count_bytes

BURST_SECONDS = 0.5
"""A site may send so many seconds' share at once."""
MEMORY_SECONDS = 5.0
"""A site that was far over its share is back among the others after so many seconds below it."""
_FEW_SITES = 4_096


class Router:
    """Finds the stream of a site's events, so that nobody waits behind the backlog of a loud site.

    Each instance of ingest counts for itself, so that several let a site have several shares.
    """

    def __init__(self, shards: int, share: int, clock: Callable[[], float]) -> None:
        """`share`: bytes a second that a site may send into everybody's stream; 0: any number."""
        self._shards = shards
        self._share = share
        self._clock = clock
        self._levels: dict[str, tuple[float, float]] = {}
        """By site: bytes that it has sent and its share has not covered yet, and when that was so."""
        self._prune_at = _FEW_SITES

    def spread(self, by_site: Mapping[str, Sequence[SiteEvent]]) -> dict[int, list[SiteEvent]]:
        """The events of a request by shard, those of the overflows first: these are full before all others."""
        shards: dict[int, list[SiteEvent]] = defaultdict(list)
        for site_id, events in by_site.items():
            shards[self.find(site_id, count_bytes(events))] += events
        return dict(sorted(shards.items(), reverse=True))

    def find(self, site_id: str, size: int) -> int:
        """The shard for so many bytes of a site's events. All of one call stay together."""
        shard = find_shard(site_id, self._shards)
        if not self._share:
            return shard
        now = self._clock()
        level = self._find_level(site_id, now) + size
        self._levels[site_id] = min(level, MEMORY_SECONDS * self._share), now
        if len(self._levels) > self._prune_at:
            self._prune(now)
        return shard if level <= BURST_SECONDS * self._share else find_overflow(shard, self._shards)

    def _find_level(self, site_id: str, now: float) -> float:
        level, at = self._levels.get(site_id, (0.0, now))
        return max(0.0, level - (now - at) * self._share)

    def _prune(self, now: float) -> None:
        """Forget the sites whose share has covered everything."""
        self._levels = {site: self._levels[site] for site in self._levels if self._find_level(site, now)}
        self._prune_at = max(_FEW_SITES, 2 * len(self._levels))
