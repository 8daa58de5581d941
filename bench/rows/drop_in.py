"""Page views as other trackers' clients send them, against the same page views as POST /event takes them.

A process that has a core to itself answers as many requests a second as fit into it. So the rate's ratio is that of the
CPU that a request takes, and other work on the machine does not change it.
"""

import statistics
from contextlib import closing

from redis import Redis

from bench import parts, servers
from bench.context import Bench
from bench.figures import Figure
from bench.load import CONNECTIONS
from bench.page_views import KINDS, OURS, make_requests
from bench.processes import Failed
from bench.rows.ingest import count_ours
from bench.turns import connect, find_clock, take_turns

TURNS, WARM_UP_TURNS = 40, 10
"""Of a round, each with a request of each kind on each connection."""


def run(bench: Bench) -> dict[str, Figure]:
    """A row for each dialect whose requests hold one event. Raises Failed unless every event is queued."""
    with servers.valkey(bench.folder) as valkey, closing(Redis.from_url(valkey.url)) as redis:
        env = {"REDIS_URL": valkey.url, "TRUSTED_PROXIES": "127.0.0.1"}
        with parts.uvicorn(bench.folder, "ingest", "functions.ingest.main:app", env) as ingest:
            clock = find_clock(ingest.process.pid)
            requests = {name: list(make_requests(kind, TURNS * CONNECTIONS)) for name, kind in KINDS.items()}
            with connect(ingest.port) as connections:
                take_turns(connections, clock, requests, WARM_UP_TURNS)
                rounds = [take_turns(connections, clock, requests, TURNS) for _ in range(bench.form.rounds)]
        sent = (WARM_UP_TURNS + bench.form.rounds * TURNS) * len(KINDS) * CONNECTIONS
        if (queued := count_ours(redis)) != sent:
            raise Failed(f"{queued} events are queued after {sent} requests")

    cost = {kind: statistics.median(turn[kind] for turns in rounds for turn in turns) * 1e6 for kind in KINDS}
    size = {kind: statistics.fmean(map(len, many)) for kind, many in requests.items()}

    def against(kind: str) -> Figure:
        note = (
            f"{cost[kind]:,.0f} µs of CPU a request of {size[kind]:,.0f} bytes against {cost[OURS]:,.0f} of"
            f" {size[OURS]:,.0f}"
        )
        return Figure([statistics.median(turn[OURS] / turn[kind] for turn in turns) for turns in rounds], note)

    return {f"dropin/{kind}": against(kind) for kind in KINDS if kind != OURS}
