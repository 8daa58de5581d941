"""`make bench`: python -m bench --form short|long [--only NAME …]."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.context import Bench, NotMeasured
from bench.figures import Figure
from bench.form import FORMS
from bench.machine import missing_programs, read_facts, read_own_cpu, say
from bench.page import Results, table, write_page, write_raw
from bench.pieces import Timing, describe, gather, save
from bench.rows import (
    cold,
    day,
    derive,
    drop_in,
    fair,
    groups,
    history,
    ingest,
    log,
    processor,
    rate,
    scaling,
    steady,
    stored,
    visible,
    year,
)
from common.errors import AnalyticsError
from infra.local.errors import StartFailed
from infra.local.stack import PROJECT

EXPERIMENTS: dict[str, tuple[tuple[str, ...], Callable[[Bench], dict[str, Figure]]]] = {
    "ingest": (("single", "framework", "batch"), ingest.run),
    "derive": (("derive",), derive.run),
    "drop-in": (("dropin",), drop_in.run),
    "processor": (("processor", "bytes"), processor.run),
    "scaling": (("scaling",), scaling.run),
    "groups": (("groups",), groups.run),
    "log": (("log",), log.run),
    "history": (("history", "export"), history.run),
    "visible": (("visible", "memory"), visible.run),
    "steady": (("steady",), steady.run),
    "fair": (("fair",), fair.run),
    "paths": (("paths",), day.run_paths),
    "cold": (("cold",), cold.run),
    "bundles": (("bundle",), cold.run_bundles),
    "day": (("day",), day.run),
    "year": (("year",), year.run),
    "rate": (("rate",), rate.run),
    "stored": (("verify", "closed"), stored.run),
}
"""By name: the groups of goals that each measures, and how."""


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--form", choices=FORMS, default="short")
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, metavar="NAME", help=f"of {', '.join(EXPERIMENTS)}")
    parser.add_argument("--data", type=Path, default=PROJECT / "build/bench/data", help="where data sets are kept")
    parser.add_argument("--page", type=Path, help="a page with markers, which gets the table and the curves")
    return parser.parse_args()


def measure(bench: Bench, name: str) -> tuple[Results, Timing]:
    """What an experiment measures; where it fails, the results say so."""
    keys, run = EXPERIMENTS[name]
    say(f"== {name}")
    inner, began, used = bench.within(name), time.monotonic(), read_own_cpu()
    inner.results, before = Results(facts=dict(bench.results.facts)), replace(bench.clock)
    try:
        inner.results.figures |= run(inner)
    except NotMeasured as reason:
        inner.results.reasons |= dict.fromkeys(keys, str(reason))
    except (AnalyticsError, StartFailed, OSError, RuntimeError) as error:
        say(f"{name} failed: {error} {getattr(error, 'reason', '')}".rstrip())
        inner.results.reasons |= dict.fromkeys(keys, f"failed: {error}"[:200])
    return inner.results, Timing(
        at=f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        seconds=time.monotonic() - began,
        waiting=bench.clock.waiting - before.waiting,
        repeating=bench.clock.repeating - before.repeating,
        making=bench.clock.making - before.making,
        cpu=read_own_cpu() - used,
    )


def main() -> int:
    """Measure, print the table, write it and everything else; 1 if something failed or does not count."""
    wanted = parse()
    if missing := missing_programs(["wrk", "node", "npm"]):
        sys.stderr.write(f"Missing: {', '.join(missing)} (on Debian: apt-get install wrk nodejs npm).\n")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: everything that was started is ended
    form = FORMS[wanted.form]
    names = wanted.only or list(EXPERIMENTS)
    kept = PROJECT / "build" / "bench" / form.name
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        bench = Bench(form, folder, wanted.data)
        facts = bench.results.facts = read_facts(form.name)
        for fact, value in facts.items():
            say(f"{fact}: {value}")
        for name in names:
            save(kept, name, *measure(bench, name))
    results, timings = gather(kept, {name: keys for name, (keys, _) in EXPERIMENTS.items()}, facts)
    write_raw(kept.with_suffix(".json"), results)
    sys.stdout.write(f"\n{table(results)}\n\n{describe(timings)}\n")
    if wanted.page and (not wanted.only or form.name == "long") and form.name != "smoke":
        write_page(PROJECT / wanted.page, form.name, results)
    return (
        1
        if any(results.reasons.get(key, "").startswith("failed") for name in names for key in EXPERIMENTS[name][0])
        else 0
    )


if __name__ == "__main__":
    sys.exit(main())
