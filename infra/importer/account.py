"""Notes what became of each line: the figures in the report, and every line that was not used in a file of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from infra.importer.errors import ImportStopped
from infra.importer.report import SKIP_WORDS, ImportReport
from infra.importer.rule import Skip
from infra.terminal import printable

_MOST_HOSTS = 1_000


class Place(NamedTuple):
    """Where a line is: the log's name, and the line's number from 1."""

    log: str
    line: int


class Account:
    """Books lines. The report names the first few; the file, if there is one, all: `LOG:LINE: WHAT: WHY` each."""

    def __init__(self, report: ImportReport, file: TextIO | None, has_several_logs: bool) -> None:
        self.report = report
        self._file = file
        self._has_several_logs = has_several_logs

    def note_unparsable(self, place: Place, reason: str) -> None:
        """The line can't be read."""
        self.report.unparsable.add(place.line, self._name_log(place, reason))
        self._write(place, "not parsed", reason)

    def note_skipped(self, place: Place, skip: Skip) -> None:
        """The line logs a request that is no page view of a person."""
        self.report.skipped[skip] += 1
        self._write(place, "skipped", SKIP_WORDS[skip])

    def note_rejected(self, place: Place, reason: str) -> None:
        """Ingest does not take the line's event."""
        self.report.rejected.add(place.line, self._name_log(place, reason))
        self._write(place, "rejected", reason)

    def note_host(self, host: str) -> None:
        """A page view's line names its host."""
        hosts = self.report.hosts
        if host in hosts or len(hosts) < _MOST_HOSTS:  # clients make them up
            hosts[host] += 1

    def _name_log(self, place: Place, reason: str) -> str:
        return f"{reason} ({place.log})" if self._has_several_logs else reason

    def _write(self, place: Place, what: str, reason: str) -> None:
        if self._file is not None:
            self._file.write(f"{place.log}:{place.line}: {what}: {printable(reason)}\n")


@contextmanager
def open_account(report: ImportReport, path: Path | None, has_several_logs: bool) -> Iterator[Account]:
    """An account that writes to a file at `path`, if there is one. Raises ImportStopped if that can't be written."""
    if path is None:
        yield Account(report, None, has_several_logs)
        return
    try:
        file = path.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ImportStopped(f"{path} can't be written: {error.strerror} (--report).") from error
    with file:
        yield Account(report, file, has_several_logs)
