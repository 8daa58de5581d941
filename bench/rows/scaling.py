"""Live traffic drained by 1, 2 and 4 workers, in several settings: does it grow, and does anything go wrong?"""

from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from itertools import product

from bench import queues, store
from bench.context import Bench, Measurement, column, describe_cores
from bench.draining import LANES
from bench.figures import Figure, ratios
from bench.plot import Curve
from bench.rows.processor import Setting, prepare
from bench.traffic import make_live

POLLERS = (1, 2)
OTHER_SETTINGS = ((1, 4), (4, 1), (4, 2))
"""Shards and lanes beside those as shipped."""
_DEADLOCKS = "select deadlocks from pg_stat_database where datname = current_database()"
_TROUBLE = ("waiting", "batch failed", "entries failed", "lane failed")
Variant = tuple[int, int, int, int]
"""Pollers, workers, shards and lanes."""
ONE_AT_A_TIME: Variant = (1, 1, 1, 1)


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of scaling, all in turn in one system that has a processor with each number of workers."""
    events, workers = make_live(bench.form.scaling_events), bench.form.scaling_workers
    shipped = [(pollers, n, queues.SHARDS, LANES) for pollers in POLLERS for n in workers]
    others = [(1, n, *setting) for n, setting in product(workers, OTHER_SETTINGS)]
    with prepare(bench, workers) as setting:
        setting.drain(events)  # warm-up
        before = _count_deadlocks(setting)
        variants: dict[str, Callable[[], Measurement]] = {
            _name(variant): partial(setting.drain, events, *variant) for variant in [ONE_AT_A_TIME, *shipped, *others]
        }
        found = bench.alternate(variants, setting.pids)
        faults = _count_deadlocks(setting) - before + _count_trouble(bench)
    eps = {variant: column(found[_name(variant)], "eps") for variant in [ONE_AT_A_TIME, *shipped, *others]}
    lines = {
        f"{pollers} poller{'s' * (pollers > 1)}": [
            (float(n), Figure(eps[pollers, n, queues.SHARDS, LANES]).value) for n in workers
        ]
        for pollers in POLLERS
    }
    bench.results.curves["scaling"] = Curve("Processor's rate", "workers", "events/s", lines)
    one, two = (1, 1, queues.SHARDS, LANES), (1, 2, queues.SHARDS, LANES)
    slowest = min([*shipped, *others], key=lambda variant: Figure(ratios(eps[variant], eps[ONE_AT_A_TIME])).value)

    def against(variant: Variant, base: Variant, note: str = "") -> Figure:
        rates = f"{Figure(eps[variant]).value:,.0f}/s against {Figure(eps[base]).value:,.0f}/s"
        return Figure(ratios(eps[variant], eps[base]), f"{note}{rates}; {describe_cores(found[_name(variant)])}")

    return {
        "scaling/workers": against(two, one),
        "scaling/lanes": against(two, ONE_AT_A_TIME),
        "scaling/least": against(slowest, ONE_AT_A_TIME, f"{_name(slowest)}: "),
        "scaling/faults": Figure([faults]),
    }


def _name(variant: Variant) -> str:
    pollers, workers, shards, lanes = variant
    return f"{pollers} pollers, {workers} workers, {shards} shards, {lanes} lanes"


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
