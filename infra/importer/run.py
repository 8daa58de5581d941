"""The import of whole files: lines of logs and records of histories, to events, to batches, to ingest."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from common.settings import Settings
from infra.importer.account import Place
from infra.importer.errors import ImportStopped, LogBroken
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.draft import Nothing
from infra.importer.histories.history import History
from infra.importer.history import read_history
from infra.importer.log_file import LogFile, open_log
from infra.importer.options import ImportOptions
from infra.importer.progress import Display, show_progress
from infra.importer.report import ImportReport, Outcome
from infra.importer.rule import Skip
from infra.importer.session import Clocks, Session, open_session
from infra.importer.stored_before import Stored

__all__ = ["ImportOptions", "run"]

_LINES_A_STEP = 1_000

Source = Path | BinaryIO


def run(
    sources: Source | Sequence[Source],
    options: ImportOptions,
    settings: Settings,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
    stored: Stored | None = None,
) -> ImportReport:
    """Imports access logs, plain or packed: paths, or open streams such as sys.stdin.buffer, one after the other.

    Never raises for what can go wrong in an import: the report's outcome, problem and exit_code say it.
    Ctrl-C ends it with a report too. Importing the same log again changes no figure. `stored` is asked what of the
    log is there already; without it that is not known.
    """
    logs = sources if isinstance(sources, Sequence) else [sources]
    report = ImportReport(
        options.site_id, settings.stats_port, bool(settings.stats_api_key), is_dry_run=options.dry_run
    )
    try:
        with open_session(options, settings, report, Clocks(clock, pause), stored, len(logs) > 1) as session:
            problems = [problem for log in logs if (problem := _import_log(log, session))]
        if problems:
            raise ImportStopped(" ".join(problems))
    except ImportStopped as error:
        report.outcome, report.problem = Outcome.STOPPED, str(error)
    except KeyboardInterrupt:
        report.outcome = Outcome.INTERRUPTED
    return report


def _import_log(source: Source, session: Session) -> str:
    """Import one log; returns what kept it from being read to its end. What was read before that is sent."""
    try:
        with open_log(source) as opened, show_progress(opened, session.console) as display:
            session.delivery.history = history = session.find_history(opened.name, opened.head)
            if history:
                _import_records(history, opened, session, display)
            else:
                _import_lines(opened, session, display)
    except LogBroken as error:
        session.delivery.flush()
        return str(error)
    session.delivery.flush()
    return ""


def _import_lines(opened: LogFile, session: Session, display: Display) -> None:
    intake = session.open_intake(opened.name, opened.head)
    for number, line in enumerate(opened.lines(), start=1):
        if number % _LINES_A_STEP == 0:
            display.update()
        if view := intake.take(number, line):
            session.delivery.add(view, Place(opened.name, number))


def _import_records(history: History, opened: LogFile, session: Session, display: Display) -> None:
    account, last = session.account, 0
    for number, outcome in read_history(history, opened, session.options.site_id, session.settings):
        if number != last:
            account.report.read, last = account.report.read + 1, number
            if account.report.read % _LINES_A_STEP == 0:
                display.update()
        place = Place(opened.name, number)
        if isinstance(outcome, Unparsable):
            account.note_unparsable(place, outcome.reason)
        elif isinstance(outcome, Nothing):
            account.note_skipped(place, Skip.NO_EVENT)
        else:
            session.delivery.add(outcome, place)
