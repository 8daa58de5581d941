"""The processor's rate where much is stored already against where little is: the next day of each set's sites."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from itertools import zip_longest

from bench import sets, store
from bench.context import Bench, Measurement, NotMeasured, column, describe_cores
from bench.figures import Figure, ratios
from bench.plot import Curve
from bench.processes import Failed
from bench.servers import Server
from bench.traffic import DAYS, FIRST_DAY, MEAN_EVENTS, PLAIN_SITES, make_plain

AFTER_THE_SET = f"{FIRST_DAY + timedelta(days=DAYS)}"


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of the rate at many events stored; the sets grow by what is measured with."""
    with ExitStack() as stack:
        found_sets: dict[float, Server] = {}
        for millions in bench.form.plain_sets:
            try:
                found_sets[millions] = stack.enter_context(sets.running(bench, sets.PLAIN, millions))
            except NotMeasured as reason:
                bench.results.reasons[sets.name_goal(bench, "rate", millions)] = str(reason)
        smallest = bench.form.plain_sets[0]
        if smallest not in found_sets:
            raise NotMeasured(bench.results.reasons[sets.name_goal(bench, "rate", smallest)])
        variants: dict[str, Callable[[], Measurement]] = {
            f"rate at {millions:g} million": partial(_store_more, bench, millions, server)
            for millions, server in found_sets.items()
        }
        pids = {f"postgres-{millions:g}": server.process.pid for millions, server in found_sets.items()}
        measured = bench.alternate(variants, pids)
        if bench.form.makes_sets:  # all was verified when it was made, and every site has grown alike
            for server in found_sets.values():
                store.require_clean_site(server.url, sets.PLAIN.sites[0])
    rates = dict(zip(found_sets, measured.values(), strict=True))
    _draw(bench, list(found_sets))
    base = column(rates[smallest], "eps")
    figures = {}
    for millions, rounds in rates.items():
        eps = column(rounds, "eps")
        note = f"{Figure(eps).value:,.0f}/s against {Figure(base).value:,.0f}/s; {describe_cores(rounds)}"
        figures[sets.name_goal(bench, "rate", millions)] = Figure(ratios(eps, base), note)
    return figures


def _store_more(bench: Bench, millions: float, server: Server) -> Measurement:
    """As many events for each set, of its own people: a day after the last one that it has, of all sites in turn."""
    folder = sets.folder_of(bench, sets.PLAIN, millions)
    marker = sets.read_marker(folder)
    assert marker is not None
    day = marker.next_day
    marker.next_day += 1
    sets.write_marker(folder, marker)  # first: no day is stored twice, whatever happens
    visits = round(bench.form.rate_events / PLAIN_SITES / MEAN_EVENTS)
    of_sites = [make_plain(millions, site, day, day + 1, visits) for site in range(PLAIN_SITES)]
    events = [event for turn in zip_longest(*of_sites) for event in turn if event]
    stored = store.count_events(server.url, AFTER_THE_SET)
    began = time.perf_counter()
    sets.store_events(server.url, events)
    seconds = time.perf_counter() - began
    if (more := store.count_events(server.url, AFTER_THE_SET) - stored) != len(events):
        raise Failed(f"{more:,} events were stored of {len(events):,}")
    return {"eps": len(events) / seconds, "seconds": seconds}


def _draw(bench: Bench, millions: list[float]) -> None:
    """How the rate went while the largest set was made."""
    lines = {}
    for one in millions:
        marker = sets.read_marker(sets.folder_of(bench, sets.PLAIN, one))
        if marker is not None and marker.progress:
            lines[f"{one:g} million"] = [(events / 1e6, rate) for events, rate in marker.progress]
    if lines:
        curve = Curve("Processor's rate while a set was made", "million events stored", "events/s", lines)
        bench.results.curves["rate"] = curve
