"""The processor's rate where much is stored already against where little is: the next day of each set's site."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from bench import sets
from bench.context import Bench, Measurement, NotMeasured, column, describe_cores
from bench.figures import Figure, ratios
from bench.plot import Curve
from bench.servers import Server
from bench.traffic import make_day


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of the rate at many events stored; the sets grow by what is measured with, and are verified again."""
    with ExitStack() as stack:
        found_sets: dict[float, Server] = {}
        for millions in bench.form.sets:
            try:
                found_sets[millions] = stack.enter_context(sets.running(bench, millions))
            except NotMeasured as reason:
                bench.results.reasons[f"rate/{millions:g}"] = str(reason)
        smallest = bench.form.sets[0]
        if smallest not in found_sets:
            raise NotMeasured(bench.results.reasons[f"rate/{smallest:g}"])
        variants: dict[str, Callable[[], Measurement]] = {
            f"rate at {millions:g} million": partial(_store_more, bench, millions, server)
            for millions, server in found_sets.items()
        }
        pids = {f"postgres-{millions:g}": server.process.pid for millions, server in found_sets.items()}
        measured = bench.alternate(variants, pids)
        for millions, server in found_sets.items():
            folder = sets.folder_of(bench, millions)
            marker = sets.read_marker(folder)
            assert marker is not None
            if bench.form.makes_sets:
                sets.finish(server.url, folder, marker)
    rates = dict(zip(found_sets, measured.values(), strict=True))
    _draw(bench, list(found_sets))
    base = column(rates[smallest], "eps")
    figures = {}
    for millions, rounds in rates.items():
        eps = column(rounds, "eps")
        note = f"{Figure(eps).value:,.0f}/s against {Figure(base).value:,.0f}/s; {describe_cores(rounds)}"
        figures[f"rate/{millions:g}"] = Figure(ratios(eps, base), note)
    return figures


def _store_more(bench: Bench, millions: float, server: Server) -> Measurement:
    """As many events for each set, of its own people: a day after the last one that it has."""
    folder = sets.folder_of(bench, millions)
    marker = sets.read_marker(folder)
    assert marker is not None
    events = make_day(millions, marker.next_day)[: bench.form.events // 5]
    while len(events) < bench.form.events // 5:
        marker.next_day += 1
        events += make_day(millions, marker.next_day)
    marker.next_day += 1
    sets.write_marker(folder, marker)  # first: no day is stored twice, whatever happens
    began = time.perf_counter()
    sets.store_events(server.url, events, marker.next_day)
    seconds = time.perf_counter() - began
    return {"eps": len(events) / seconds, "seconds": seconds}


def _draw(bench: Bench, millions: list[float]) -> None:
    """How the rate went while the largest set was made."""
    lines = {}
    for one in millions:
        marker = sets.read_marker(sets.folder_of(bench, one))
        if marker is not None and marker.progress:
            lines[f"{one:g} million"] = [(events / 1e6, rate) for events, rate in marker.progress]
    if lines:
        curve = Curve("Processor's rate while a set was made", "million events stored", "events/s", lines)
        bench.results.curves["rate"] = curve
