"""Imports logs as they grow, over rotations, and goes on where it stopped."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from pathlib import Path
from types import FrameType

from common.settings import Settings
from infra.importer.errors import ImportStopped
from infra.importer.followed_log import FollowedLog
from infra.importer.options import ImportOptions
from infra.importer.report import ImportReport, Outcome
from infra.importer.session import Clocks, open_session

_POLL_SECONDS = 1.0


def follow_logs(
    paths: Sequence[Path],
    options: ImportOptions,
    settings: Settings,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> ImportReport:
    """Import what is in the logs, then what is added to them, until Ctrl-C or SIGTERM.

    It waits for ingest as long as it takes. Where it stopped is kept in the data folder, each time that ingest has
    answered: after a crash the lines since then are sent again, under the same ids. Never raises for what can go
    wrong in an import: the report says it.
    """
    report = ImportReport(options.site_id, settings.stats_port, bool(settings.stats_api_key))
    patient = replace(options, patience_seconds=inf)
    try:
        with _ended_by_sigterm(), open_session(
            patient, settings, report, Clocks(clock, pause), None, len(paths) > 1
        ) as session:  # fmt: skip
            logs = [FollowedLog(path, session, settings.data_dir) for path in paths]

            def save() -> None:
                for log in logs:
                    log.save()

            session.delivery.when_sent = save
            try:
                while True:
                    for log in logs:
                        log.step()
                    session.delivery.flush()
                    pause(_POLL_SECONDS)
            finally:
                for log in logs:
                    log.close()
    except ImportStopped as error:
        report.outcome, report.problem = Outcome.STOPPED, str(error)
    except OSError as error:
        report.outcome, report.problem = Outcome.STOPPED, f"{error.filename or 'A log'}: {error.strerror}."
    except KeyboardInterrupt:
        pass  # how it is meant to end
    return report


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
