"""1 and 2 pollers × 1, 2 and 4 workers of the processor: does it grow, and does anything go wrong?"""

from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial

from bench import store
from bench.context import Bench, Measurement, column, describe_cores
from bench.figures import Figure
from bench.plot import Curve
from bench.rows.processor import Setting, prepare
from bench.traffic import make_queue

POLLERS = (1, 2)
_DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"
_TROUBLE = ("waiting", "batch failed", "entries failed", "lane failed")


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of scaling: each number of workers in a system of its own, the pollers in turn."""
    events = make_queue(bench.form.scaling_events)
    rates: dict[tuple[int, int], list[float]] = {}
    notes, faults = [], 0
    for workers in bench.form.scaling_workers:
        inner = bench.within(f"workers-{workers}")
        with prepare(inner, workers) as setting:
            setting.drain(events)  # warm-up
            before = _count_deadlocks(setting)
            variants: dict[str, Callable[[], Measurement]] = {
                f"{pollers} pollers × {workers} workers": partial(setting.drain, events, pollers) for pollers in POLLERS
            }
            found = inner.alternate(variants, setting.pids)
            faults += _count_deadlocks(setting) - before + _count_trouble(inner)
        for pollers, rounds in zip(POLLERS, found.values(), strict=True):
            rates[pollers, workers] = column(rounds, "eps")
            notes.append(f"{pollers} × {workers}: {Figure(column(rounds, 'eps')).value:,.0f}/s")
            last_cores = describe_cores(rounds)
    lines = {
        f"{pollers} poller{'s' * (pollers > 1)}": [
            (float(n), Figure(rates[pollers, n]).value) for n in bench.form.scaling_workers
        ]
        for pollers in POLLERS
    }
    bench.results.curves["scaling"] = Curve("Processor's rate", "workers", "events/s", lines)
    growth = [
        _slowest_step([Figure(rates[pollers, n]).value for n in bench.form.scaling_workers]) for pollers in POLLERS
    ]
    return {
        "scaling/growth": Figure([min(growth)], f"{'; '.join(notes)}; at the last {last_cores}"),
        "scaling/faults": Figure([faults]),
    }


def _slowest_step(values: list[float]) -> float:
    """The least of each value against the best before it: 1 and more where it grows."""
    return min(value / max(values[:at]) for at, value in enumerate(values) if at)


def _count_deadlocks(setting: Setting) -> int:
    with closing(store.connect(setting.ours_url)) as connection:
        [[deadlocks]] = connection.run(_DEADLOCKS)
    return int(deadlocks)


def _count_trouble(bench: Bench) -> int:
    """Lines of the pollers' logs that tell of retries."""
    count = 0
    for log in bench.folder.glob("poller-*.log"):
        with suppress(OSError):
            count += sum(any(f'"{word}"' in line for word in _TROUBLE) for line in log.read_text().splitlines())
    return count
