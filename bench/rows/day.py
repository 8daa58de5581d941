"""GET /stats of a day: at 1, 10 and 50 million events stored, against the Umami-shaped queries, with many paths."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import date, timedelta
from functools import partial

from bench import parts, servers, sets, store, umami
from bench.context import Bench, Measurement, NotMeasured, column, describe_cores
from bench.figures import Figure, percentile, ratios
from bench.load import Client
from bench.plot import Curve
from bench.traffic import FIRST_DAY, SITE, to_event_id


def draw_days(count: int, seed: int) -> list[date]:
    """Days of the year."""
    draw = random.Random(seed)
    return [FIRST_DAY.date() + timedelta(days=draw.randrange(1, 360)) for _ in range(count)]


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of a day at so many events stored."""
    with ExitStack() as stack:
        clients: dict[float, Client] = {}
        pids: dict[str, int] = {}
        urls: dict[float, str] = {}
        for millions in bench.form.sets:
            try:
                server = stack.enter_context(sets.running(bench, millions))
            except NotMeasured as reason:
                bench.results.reasons[f"day/{millions:g}"] = str(reason)
                continue
            part = stack.enter_context(
                parts.framework(bench.folder, "stats", {"DATABASE_URL": server.url}, called=f"stats-{millions:g}")
            )
            clients[millions] = stack.enter_context(closing(Client(part.port)))
            pids |= {part.name: part.process.pid, f"postgres-{millions:g}": server.process.pid}
            urls[millions] = server.url
        if not clients:
            raise NotMeasured("; ".join(bench.results.reasons[f"day/{one:g}"] for one in bench.form.sets))
        variants: dict[str, Callable[[], Measurement]] = {
            f"day at {millions:g} million": partial(ask, bench, client) for millions, client in clients.items()
        }
        at = 10 if 10 in clients else max(clients)
        if bench.form.asks_umami and (at == 10 or bench.form.name == "smoke"):
            umami.make(urls[at])
            variants["umami"] = lambda: _ask_umami(bench, urls[at])
        measured = bench.alternate(variants, pids)
    return _read_figures(bench, list(clients), at, measured)


def ask(bench: Bench, client: Client, site: str = SITE, days: Sequence[date] = ()) -> Measurement:
    """Percentiles of GET /stats over days, the same ones for every set."""
    asked = days or draw_days(20 * bench.form.questions, seed=3)
    took = client.time_all([f"/stats?site_id={site}&date={day}" for day in asked])
    return {name: percentile(took, share) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}


def _ask_umami(bench: Bench, url: str) -> Measurement:
    took = umami.time_days(url, draw_days(max(3, bench.form.questions // 5), seed=3))
    return {"p50": percentile(took, 0.5), "p95": percentile(took, 0.95)}


def _read_figures(
    bench: Bench, millions: list[float], at: float, measured: dict[str, list[Measurement]]
) -> dict[str, Figure]:
    rounds = {one: measured[f"day at {one:g} million"] for one in millions}
    points = [(one, Figure(column(found, "p95")).value) for one, found in rounds.items()]
    bench.results.curves["day"] = Curve(
        "GET /stats of a day: p95", "million events stored", "milliseconds", {"p95": points}
    )
    figures, smallest = {}, bench.form.sets[0]
    for one, found in rounds.items():
        if smallest in rounds:
            p95, base = column(found, "p95"), column(rounds[smallest], "p95")
            note = f"{Figure(p95).value:.1f} ms against {Figure(base).value:.1f} ms; {describe_cores(found)}"
            figures[f"day/{one:g}"] = Figure(ratios(p95, base), note)
    if "umami" in measured:
        theirs, ours = column(measured["umami"], "p95"), column(rounds[at], "p95")
        note = f"p95 {Figure(ours).value:.1f} ms over HTTP against {Figure(theirs).value:.1f} ms in PostgreSQL alone"
        figures["day/umami"] = Figure(ratios(theirs, ours), note)
    else:
        bench.results.reasons["day/umami"] = "the long form asks them, at 10 million"
    return figures


def run_paths(bench: Bench) -> dict[str, Figure]:
    """The row of a site-day with many different paths."""
    day = date(2025, 11, 12)
    draw = random.Random(5)
    events = [
        f'{{"site_id":"wide","event_type":"page_view","path":"/{n}","user_id":"u{n % 50_000}",'
        f'"timestamp":"{day}T{n * 24 // bench.form.paths:02}:{n % 60:02}:{n // 60 % 60:02}.000000Z",'
        f'"event_id":"{to_event_id(draw.getrandbits(128))}"}}'
        for n in range(bench.form.paths)
    ]
    with servers.postgres(bench.folder, "postgres-paths") as server:
        store.make_schema(server.url)
        began = time.perf_counter()
        sets.store_events(server.url, events, name=1)
        rate = len(events) / (time.perf_counter() - began)
        store.require_clean(server.url, len(events))
        with (
            parts.framework(bench.folder, "stats", {"DATABASE_URL": server.url}) as stats,
            closing(Client(stats.port)) as client,
        ):
            days = [day] * (10 * bench.form.questions)
            pids = {"stats": stats.process.pid, "postgres": server.process.pid}
            found = bench.alternate({"wide day": lambda: ask(bench, client, "wide", days)}, pids)["wide day"]
    return {"paths/p95": Figure(column(found, "p95"), f"they were stored at {rate:,.0f}/s; {describe_cores(found)}")}
