"""What deriving adds: the same event from somebody known, and from a browser that nothing is known of."""

import json
from contextlib import closing

from redis import Redis

from bench import parts, servers
from bench.context import Bench, NotMeasured, column, describe_cores
from bench.figures import Figure
from bench.load import Client
from bench.rows.ingest import Target, count_ours

PAGE = {"site_id": "site-1", "url": "https://example.com/p/1", "timestamp": "2025-11-12T10:00:00Z"}


def run(bench: Bench) -> dict[str, Figure]:
    """The row of deriving: by how much longer a request takes, the parsing of its longer body included."""
    with servers.valkey(bench.folder) as valkey, closing(Redis.from_url(valkey.url)) as redis:
        env = {"REDIS_URL": valkey.url, "TRUSTED_PROXIES": "127.0.0.1"}
        with parts.uvicorn(bench.folder, "ingest", "functions.ingest.main:app", env) as ingest:
            client = Client(ingest.port)
            status, _ = client.post("/event", json.dumps(PAGE).encode())
            client.close()
            if status != 202:
                raise NotMeasured("this ingest takes no url, so it derives nothing")
            known = Target(ingest, "/event", "single", redis, count_ours)
            page = Target(ingest, "/event", "page", redis, count_ours)
            page.load(1)
            seconds = bench.form.seconds
            pids = {"ingest": ingest.process.pid, "valkey": valkey.process.pid}
            found = bench.alternate({"known": lambda: known.load(seconds), "page": lambda: page.load(seconds)}, pids)
    known_rps, page_rps = column(found["known"], "rps"), column(found["page"], "rps")
    added = [(1 / one / (1 / other) - 1) * 100 for one, other in zip(page_rps, known_rps, strict=True)]
    cpu = {name: Figure(column(rounds, "cpu_us")).value for name, rounds in found.items()}
    note = (
        f"{Figure(page_rps).value:,.0f}/s against {Figure(known_rps).value:,.0f}/s; {cpu['page']:,.0f} µs of CPU"
        f" a request against {cpu['known']:,.0f}; {describe_cores(found['page'])}"
    )
    return {"derive/added": Figure(added, note)}
