"""What a part shows at GET /metrics, also where it runs in several processes."""

import os
import re
from contextlib import suppress
from pathlib import Path

from common.metrics.driver import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    MultiProcessCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
    mark_process_dead,
)

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Variable that names the folder in which processes of one part keep their figures; prometheus-client reads it."""
PATH = "/metrics"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the buckets of what takes time."""
BATCH_EVENTS = (1, 10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000)
"""Upper bounds of the buckets of a batch's size."""


def make_registry() -> CollectorRegistry:
    """A registry with what the process itself uses: memory, CPU time, open files."""
    registry = CollectorRegistry()
    if SHARED_FOLDER not in os.environ:  # else each scrape would show another process
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
    return registry


def render(registry: CollectorRegistry) -> bytes:
    """The figures in Prometheus's text format: those of all processes of the part, whichever is asked."""
    folder = os.environ.get(SHARED_FOLDER)
    if folder is None:
        return generate_latest(registry)
    _forget_dead(Path(folder))
    shared = CollectorRegistry()
    MultiProcessCollector(shared, folder)  # type: ignore[no-untyped-call]
    return generate_latest(shared)


def _forget_dead(folder: Path) -> None:
    """Drop what processes held that have ended. What they counted stays."""
    found = {match[1] for path in folder.glob("gauge_live*.db") if (match := re.search(r"_(\d+)\.db$", path.name))}
    for pid in found:
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another process was quicker
                mark_process_dead(int(pid), str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            continue
