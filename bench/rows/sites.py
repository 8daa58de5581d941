"""What a site's settings add to a single POST, in CPU: a few requests without and a few with them, in turn."""

import json
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import closing

from redis import Redis

from bench.figures import Figure
from bench.load import CONNECTIONS, Client
from bench.parts import Listener
from bench.processes import Failed
from bench.turns import connect, find_clock, take_turns, write_request
from common.redis.keys import ShardKeys
from common.settings import Settings
from common.sites.document import PublishedSite, SitesDocument, write_document
from common.sites.rules import SiteRules

SITES_KEY = ShardKeys.of(Settings.model_fields["stream_name"].default, 0).sites_document
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
"""Of a browser, whose address is its visitor's: it is looked up among the blocked networks."""
PAIRS = 100
"""Of turns without and with settings, a round; in each turn every connection has one request."""
WARM_UP_PAIRS = 20
IN_FORCE_WITHIN_SECONDS = 30
_WITHOUT, _WITH = "shop", "site"


def block_networks() -> str:
    """A document in which each of the sites blocks 100 networks and a path."""
    rules = SiteRules(blocked_addresses=[f"10.{number}.0.0/16" for number in range(100)], blocked_paths=["/admin/*"])
    return write_document(SitesDocument({f"{_WITH}-{number}": PublishedSite(rules) for number in range(1, 21)}))


def measure_added(ingest: Listener, redis: Redis, rounds: int) -> Figure:
    """Percent of CPU that settings add to a POST: a value a round, the median of its pairs of turns.

    In a turn in which a neighbour took the caches everything costs more: a mean would be theirs.
    """
    redis.hset(SITES_KEY, mapping={"version": "1", "document": block_networks()})
    _wait_until_in_force(ingest.port)
    clock = find_clock(ingest.process.pid)
    requests = {name: list(_make_requests(name)) for name in (_WITHOUT, _WITH)}
    with connect(ingest.port) as connections:
        take_turns(connections, clock, requests, WARM_UP_PAIRS)
        found = [take_turns(connections, clock, requests, PAIRS) for _ in range(rounds)]
    without, with_them = (
        statistics.median(pair[name] for pairs in found for pair in pairs) * 1e6 for name in (_WITHOUT, _WITH)
    )
    note = f"{with_them:,.1f} µs of CPU a request against {without:,.1f}"
    added = [statistics.median((pair[_WITH] / pair[_WITHOUT] - 1) * 100 for pair in pairs) for pairs in found]
    return Figure(added, note)


def _make_requests(name: str) -> Iterator[bytes]:
    """A connection's request each, the same for both names but for these."""
    draw = random.Random(1)
    for _ in range(CONNECTIONS):
        event = {
            "site_id": f"{name}-{draw.randint(1, 20)}",
            "path": f"/p/{draw.randint(1, 500)}",
            "user_id": f"u{draw.randint(1, 200_000)}",
            "timestamp": f"2025-11-12T{draw.randint(0, 23):02}:{draw.randint(0, 59):02}:00Z",
        }
        fields = {"User-Agent": BROWSER, "Content-Type": "application/json"}
        yield write_request("/event", json.dumps(event).encode(), fields)


def _wait_until_in_force(port: int) -> None:
    """Until an event on a blocked path would be set aside."""
    blocked = json.dumps({"site_id": f"{_WITH}-1", "path": "/admin/x", "user_id": "u"}).encode()
    deadline = time.monotonic() + IN_FORCE_WITHIN_SECONDS
    with closing(Client(port)) as client:
        while b"blocked_path" not in client.post("/validate", blocked)[1]:
            if time.monotonic() > deadline:
                raise Failed("ingest does not know the sites' settings")
            time.sleep(0.1)
