"""Page views as other trackers' clients send them, against the same page views as POST /event takes them."""

from contextlib import closing
from functools import partial

from redis import Redis

from bench import parts, servers
from bench.context import Bench, column, describe_cores
from bench.figures import Figure, ratios
from bench.rows.ingest import Target, count_ours

PATHS = {"page": "/event", "plausible": "/api/event", "umami": "/api/send"}
"""By the kind of load."""


def run(bench: Bench) -> dict[str, Figure]:
    """A row for each dialect whose requests hold one event."""
    with servers.valkey(bench.folder) as valkey, closing(Redis.from_url(valkey.url)) as redis:
        env = {"REDIS_URL": valkey.url, "TRUSTED_PROXIES": "127.0.0.1"}
        with parts.uvicorn(bench.folder, "ingest", "functions.ingest.main:app", env) as ingest:
            targets = {kind: Target(ingest, path, kind, redis, count_ours) for kind, path in PATHS.items()}
            for target in targets.values():
                target.load(1)  # warm-up
            pids = {"ingest": ingest.process.pid, "valkey": valkey.process.pid}
            seconds = bench.form.seconds
            found = bench.alternate({kind: partial(target.load, seconds) for kind, target in targets.items()}, pids)
    rps = {kind: column(rounds, "rps") for kind, rounds in found.items()}
    cpu = {kind: Figure(column(rounds, "cpu_us")).value for kind, rounds in found.items()}

    def against(kind: str) -> Figure:
        note = (
            f"{Figure(rps[kind]).value:,.0f}/s against {Figure(rps['page']).value:,.0f}/s; {cpu[kind]:,.0f} µs of CPU a"
            f" request against {cpu['page']:,.0f}; {describe_cores(found[kind])}"
        )
        return Figure(ratios(rps[kind], rps["page"]), note)

    return {f"dropin/{kind}": against(kind) for kind in PATHS if kind != "page"}
