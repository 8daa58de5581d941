"""What a site's settings add to a single POST, in CPU: a few requests without and a few with them, in turn.

Both go to one process, and each time as many: what differs between two processes, and what else the machine does
meanwhile, falls on both alike.
"""

import ctypes
import json
import random
import socket
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

from redis import Redis

from bench.figures import Figure
from bench.load import CONNECTIONS, Client
from bench.parts import Listener
from bench.processes import Failed
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
    clock = _find_clock(ingest.process.pid)
    requests = list(_make_requests(_WITHOUT)), list(_make_requests(_WITH))
    with _connect(ingest.port) as connections:
        _alternate(connections, clock, requests, WARM_UP_PAIRS)
        found = [_alternate(connections, clock, requests, PAIRS) for _ in range(rounds)]
    without, with_them = (
        statistics.median(pair[side] for pairs in found for pair in pairs) / CONNECTIONS * 1e6 for side in (0, 1)
    )
    note = f"{with_them:,.1f} µs of CPU a request against {without:,.1f}"
    return Figure([statistics.median((one / other - 1) * 100 for other, one in pairs) for pairs in found], note)


def _alternate(
    connections: Sequence[socket.socket], clock: int, requests: tuple[list[bytes], list[bytes]], pairs: int
) -> list[tuple[float, float]]:
    """CPU seconds without and with settings, a pair of turns each. Who is first changes, too."""
    found = []
    for pair in range(pairs):
        used = [0.0, 0.0]
        for side in (0, 1) if pair % 2 == 0 else (1, 0):
            began = time.clock_gettime(clock)
            _exchange(connections, requests[side])
            used[side] = time.clock_gettime(clock) - began
        found.append((used[0], used[1]))
    return found


def _exchange(connections: Sequence[socket.socket], requests: Sequence[bytes]) -> None:
    """A request on each connection, and its answer. Raises Failed unless it is 202."""
    for connection, request in zip(connections, requests, strict=True):
        connection.sendall(request)
    for connection in connections:
        answer = b""
        while not answer.endswith(b"}"):
            answer += connection.recv(4_096)
        if not answer.startswith(b"HTTP/1.1 202"):
            raise Failed(f"ingest answers {answer[:200]!r}")


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
        body = json.dumps(event).encode()
        head = f"Host: bench\r\nUser-Agent: {BROWSER}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        yield f"POST /event HTTP/1.1\r\n{head}\r\n\r\n".encode() + body


@contextmanager
def _connect(port: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(CONNECTIONS)
        ]


def _wait_until_in_force(port: int) -> None:
    """Until an event on a blocked path would be set aside."""
    blocked = json.dumps({"site_id": f"{_WITH}-1", "path": "/admin/x", "user_id": "u"}).encode()
    deadline = time.monotonic() + IN_FORCE_WITHIN_SECONDS
    with closing(Client(port)) as client:
        while b"blocked_path" not in client.post("/validate", blocked)[1]:
            if time.monotonic() > deadline:
                raise Failed("ingest does not know the sites' settings")
            time.sleep(0.1)


def _find_clock(pid: int) -> int:
    """The id of the clock of a process's CPU time, all its threads together: /proc counts in hundredths of a second."""
    found = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(found)):
        raise Failed(f"process {pid} has no clock")
    return found.value
