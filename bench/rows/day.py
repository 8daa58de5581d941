"""GET /stats of a day: at 1, 10 and 50 million events stored, and with many paths."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import date, timedelta
from functools import partial

from bench import parts, servers, sets, store
from bench.context import Bench, Measurement, NotMeasured, column, describe_cores
from bench.figures import Figure, percentile, ratios
from bench.load import Client
from bench.plot import Curve
from bench.traffic import FIRST_DAY, to_event_id


def draw_days(count: int, seed: int) -> list[date]:
    """Days of the year."""
    draw = random.Random(seed)
    return [FIRST_DAY.date() + timedelta(days=draw.randrange(1, 360)) for _ in range(count)]


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of a day at so many events stored."""
    with ExitStack() as stack:
        clients: dict[float, Client] = {}
        pids: dict[str, int] = {}
        for millions in bench.form.plain_sets:
            try:
                server = stack.enter_context(sets.running(bench, sets.PLAIN, millions))
            except NotMeasured as reason:
                bench.results.reasons[sets.name_goal(bench, "day", millions)] = str(reason)
                continue
            part = stack.enter_context(
                parts.framework(bench.folder, "stats", {"DATABASE_URL": server.url}, called=f"stats-{millions:g}")
            )
            clients[millions] = stack.enter_context(closing(Client(part.port)))
            pids |= {part.name: part.process.pid, f"postgres-{millions:g}": server.process.pid}
        if not clients:
            raise NotMeasured("; ".join(bench.results.reasons.values()))
        draw = random.Random(4)
        asked = [(draw.choice(sets.PLAIN.sites), day) for day in draw_days(20 * bench.form.questions, seed=3)]
        variants: dict[str, Callable[[], Measurement]] = {
            f"day at {millions:g} million": partial(ask, client, asked) for millions, client in clients.items()
        }
        measured = bench.alternate(variants, pids)
    return _read_figures(bench, {millions: measured[f"day at {millions:g} million"] for millions in clients})


def ask(client: Client, asked: Sequence[tuple[str, date]]) -> Measurement:
    """Percentiles of GET /stats over days of sites."""
    took = client.time_all([f"/stats?site_id={site}&date={day}" for site, day in asked])
    return {name: percentile(took, share) for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}


def _read_figures(bench: Bench, rounds: dict[float, list[Measurement]]) -> dict[str, Figure]:
    points = [(one, Figure(column(found, "p95")).value) for one, found in rounds.items()]
    bench.results.curves["day"] = Curve(
        "GET /stats of a day: p95", "million events stored", "milliseconds", {"p95": points}
    )
    figures, smallest = {}, bench.form.plain_sets[0]
    for one, found in rounds.items():
        if smallest in rounds:
            p95, base = column(found, "p95"), column(rounds[smallest], "p95")
            note = f"{Figure(p95).value:.1f} ms against {Figure(base).value:.1f} ms; {describe_cores(found)}"
            figures[sets.name_goal(bench, "day", one)] = Figure(ratios(p95, base), note)
    return figures


def run_paths(bench: Bench) -> dict[str, Figure]:
    """The row of a site-day with many different paths."""
    day = date(2025, 11, 12)
    draw = random.Random(5)
    events = [
        f'{{"site_id":"wide","event_type":"page_view","path":"/{n}","user_id":"u{n % 2_000}",'
        f'"timestamp":"{day}T{n * 24 // bench.form.paths:02}:{n % 60:02}:{n // 60 % 60:02}.000000Z",'
        f'"event_id":"{to_event_id(draw.getrandbits(128))}"}}'
        for n in range(bench.form.paths)
    ]
    with servers.postgres(bench.folder, "postgres-paths") as server:
        store.make_schema(server.url)
        began = time.perf_counter()
        sets.store_events(server.url, events)
        rate = len(events) / (time.perf_counter() - began)
        store.require_clean([server.url], len(events))
        with (
            parts.framework(bench.folder, "stats", {"DATABASE_URL": server.url}) as stats,
            closing(Client(stats.port)) as client,
        ):
            asked = [("wide", day)] * (10 * bench.form.questions)
            pids = {"stats": stats.process.pid, "postgres": server.process.pid}
            found = bench.alternate({"wide day": lambda: ask(client, asked)}, pids)["wide day"]
    return {"paths/p95": Figure(column(found, "p95"), f"they were stored at {rate:,.0f}/s; {describe_cores(found)}")}
