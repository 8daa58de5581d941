"""`make bench`: python -m bench --form short|long [--only NAME …]."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.context import Bench, NotMeasured
from bench.figures import Figure
from bench.form import FORMS
from bench.machine import missing_programs, read_facts, say
from bench.page import Results, table, write_page, write_raw
from bench.rows import cold, day, derive, ingest, processor, rate, scaling, visible, year
from common.errors import AnalyticsError
from infra.local.errors import StartFailed
from infra.local.stack import PROJECT

EXPERIMENTS: dict[str, tuple[tuple[str, ...], Callable[[Bench], dict[str, Figure]]]] = {
    "ingest": (("single", "framework", "batch"), ingest.run),
    "derive": (("derive",), derive.run),
    "processor": (("processor", "bytes"), processor.run),
    "scaling": (("scaling",), scaling.run),
    "visible": (("visible", "memory"), visible.run),
    "paths": (("paths",), day.run_paths),
    "cold": (("cold",), cold.run),
    "bundles": (("bundle",), cold.run_bundles),
    "day": (("day",), day.run),
    "year": (("year",), year.run),
    "rate": (("rate",), rate.run),
}
"""By name: the groups of goals that each measures, and how."""


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--form", choices=FORMS, default="short")
    parser.add_argument("--only", nargs="*", choices=EXPERIMENTS, metavar="NAME", help=f"of {', '.join(EXPERIMENTS)}")
    parser.add_argument("--data", type=Path, default=PROJECT / "build/bench/data", help="where data sets are kept")
    parser.add_argument("--page", type=Path, help="a page with markers, which gets the table and the curves")
    return parser.parse_args()


def measure(bench: Bench, names: list[str]) -> None:
    """Run these experiments; one that fails leaves the others alone."""
    for name, (groups, run) in EXPERIMENTS.items():
        if name not in names:
            bench.results.reasons |= dict.fromkeys(groups, "not asked for")
            continue
        say(f"== {name}")
        try:
            bench.results.figures |= run(bench.within(name))
        except NotMeasured as reason:
            bench.results.reasons |= dict.fromkeys(groups, str(reason))
        except (AnalyticsError, StartFailed, OSError, RuntimeError) as error:
            say(f"{name} failed: {error}")
            bench.results.reasons |= dict.fromkeys(groups, f"failed: {error}"[:200])


def count_disturbed(results: Results) -> str:
    """How many measurements there were, and how many of those that count were disturbed by something else."""
    counting = [one for many in results.raw.values() for one in many if "disturbed" in one and "dropped" not in one]
    disturbed = sum(one["disturbed"] for one in counting)
    return f"{len(counting)}, of which something else disturbed {disturbed}"


def main() -> int:
    """Measure, print the table, write it and everything else; 1 if something failed or does not count."""
    wanted = parse()
    if missing := missing_programs(["wrk", "node", "npm"]):
        sys.stderr.write(f"Missing: {', '.join(missing)} (on Debian: apt-get install wrk nodejs npm).\n")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: everything that was started is ended
    form = FORMS[wanted.form]
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)  # PostgreSQL may run as another user
        bench = Bench(form, folder, wanted.data)
        results = bench.results
        results.facts = read_facts(form.name)
        for name, value in results.facts.items():
            say(f"{name}: {value}")
        measure(bench, wanted.only or list(EXPERIMENTS))
    results.facts["measurements"] = count_disturbed(results)
    write_raw(PROJECT / "build" / "bench" / f"{form.name}.json", results)
    sys.stdout.write(f"\n{table(results)}\n")
    if wanted.page and not wanted.only and form.name != "smoke":
        write_page(PROJECT / wanted.page, form.name, results)
    return 1 if any(reason.startswith("failed") for reason in results.reasons.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
