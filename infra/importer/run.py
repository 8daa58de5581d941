"""The import: lines to requests to page views to batches to ingest."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from common.derivation.bots import is_bot
from common.event import MAX_NAME_BYTES
from common.settings import Settings
from infra.importer.combined import Request, Unparsable, parse_line
from infra.importer.errors import ImportStopped, LogBroken
from infra.importer.identity import Occurrences
from infra.importer.log_file import MAX_LINE_BYTES, LogFile, open_log
from infra.importer.overlap import Overlap
from infra.importer.page_view import PageView, PageViews, read_hostname
from infra.importer.progress import Display, show_progress
from infra.importer.report import ImportReport, Outcome
from infra.importer.rule import Rule, Skip, find_skip
from infra.importer.send import Batch, IngestClient, Patience
from infra.importer.stored import Stored
from infra.importer.visitor import load_key

_LINES_A_STEP = 1_000


@dataclass(frozen=True)
class ImportOptions:
    """What to import and how. The texts are fit for the command line's help."""

    site_id: str
    """The site that the page views belong to, 1 to 64 bytes."""
    keep_bots: bool = False
    """Import known bots too; else what calls itself a program, or is in the list of crawlers, is skipped."""
    all_requests: bool = False
    """Import every request as a page view, not only successful GETs of pages: assets, errors, POSTs too."""
    keep_query: bool = False
    """Count /search?q=a and /search?q=b as two pages; without it, a path ends before its `?`."""
    hostname: str = ""
    """The site's host, such as www.example.com: tells its own pages from other sites, and reads campaigns (utm_*)."""
    patience_seconds: float = 300
    """How long to try again while ingest is away or busy (503, 429), before the import ends."""


def run(
    source: Path | BinaryIO,
    options: ImportOptions,
    settings: Settings,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
    stored: Stored | None = None,
) -> ImportReport:
    """Imports a combined access log, plain or gzip: a path, or an open stream such as sys.stdin.buffer.

    Never raises for what can go wrong in an import: the report's outcome, problem and exit_code say it.
    Ctrl-C ends it with a report too. Importing the same log again changes no figure. `stored` is asked what of the
    log is there already; without it that is not known.
    """
    report = ImportReport(options.site_id, settings.stats_port, bool(settings.stats_api_key))
    try:
        _check_site(options.site_id)
        rule = Rule(options.all_requests, options.keep_query, read_hostname(options.hostname))
        views = PageViews(options.site_id, rule, load_key(settings), settings)
        with open_log(source) as opened, show_progress(opened) as display:
            patience = Patience(options.patience_seconds, clock, pause, display.say)
            with closing(IngestClient(settings.ingest_url, patience, settings.ingest_key)) as client:
                overlap = Overlap(stored, options.site_id, report, display.say)
                overlap.begin(clock, pause)
                events = _read_events(opened, views, rule, options.keep_bots, report, display)
                _send_events(events, client, report, overlap)
    except ImportStopped as error:
        report.outcome, report.problem = Outcome.STOPPED, str(error)
    except KeyboardInterrupt:
        report.outcome = Outcome.INTERRUPTED
    return report


def _check_site(site_id: str) -> None:
    if not 1 <= len(site_id.encode(errors="replace")) <= MAX_NAME_BYTES or not site_id.isprintable():
        raise ImportStopped(f"The site id should have 1 to {MAX_NAME_BYTES} bytes of printable text.")


def _read_events(
    source: LogFile, views: PageViews, rule: Rule, keep_bots: bool, report: ImportReport, display: Display
) -> Iterator[tuple[int, PageView]]:
    """The page views, each with its line's number; notes in the report what is left out."""
    occurrences = Occurrences()
    for number, line in enumerate(source.lines(), start=1):
        report.read = number
        if number % _LINES_A_STEP == 0:
            display.update()
        request = Unparsable(f"longer than {MAX_LINE_BYTES:,} bytes") if line is None else parse_line(line)
        if isinstance(request, Unparsable):
            report.unparsable.add(number, request.reason)
            continue
        before = occurrences.count(request.line)  # of every line, so that no option changes an id
        if skip := _find_skip(request, rule, keep_bots):
            report.skipped[skip] += 1
        else:
            yield number, views.encode(request, before)


def _find_skip(request: Request, rule: Rule, keep_bots: bool) -> Skip | None:
    skip = find_skip(request, rule)
    return Skip.BOT if skip is None and not keep_bots and is_bot(request.agent.decode(errors="replace")) else skip


def _send_events(
    events: Iterator[tuple[int, PageView]], client: IngestClient, report: ImportReport, overlap: Overlap
) -> None:
    """What could be read before the source broke is sent before the break is raised."""
    batch = Batch()
    try:
        for line, event in events:
            if not batch.has_room(event):
                _send_batch(batch, client, report, overlap)
                batch = Batch()
            batch.add(event, line)
    except LogBroken:
        _send_batch(batch, client, report, overlap)
        raise
    _send_batch(batch, client, report, overlap)


def _send_batch(batch: Batch, client: IngestClient, report: ImportReport, overlap: Overlap) -> None:
    if not batch.events:
        return
    overlap.look(batch.keys)
    report.sent += len(batch.events)
    answer = client.send(batch.events)
    report.accepted += answer.accepted
    refused = {index for index, _ in answer.rejected}
    overlap.note([timestamp for index, (timestamp, _) in enumerate(batch.keys) if index not in refused])
    for index, reason in answer.rejected:
        report.rejected.add(batch.lines[index], reason)
