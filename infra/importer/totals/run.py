"""The import of totals: from files to the database. No event is made of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TextIO

from common.errors import AnalyticsError, Unavailable
from infra.importer.errors import ImportStopped
from infra.importer.formats.combined import Unparsable
from infra.importer.options import ImportOptions
from infra.importer.report import Outcome
from infra.importer.totals.kind import Member, Totals, list_own
from infra.importer.totals.members import list_members, make_import_id
from infra.importer.totals.report import TotalsReport
from infra.importer.totals.store import SiteDays, TotalsStore
from infra.importer.totals.sums import Sums, TooManySums
from infra.importer.totals.table import TOTALS
from infra.terminal import printable


def find_totals(paths: Sequence[Path], format_name: str) -> tuple[Totals, list[Member]] | None:
    """Which export of totals the files are, and what it consists of; None: they are none.

    Raises ImportStopped where they are several kinds of files at once, or can't be read.
    """
    if format_name and format_name not in {known.name for known in TOTALS}:
        return None
    by_path = {path: list_members(path) for path in paths}
    members = [member for found in by_path.values() for member in found]
    kinds = [known for known in TOTALS if format_name in ("", known.name) and list_own(known, members)]
    if not kinds:
        if format_name:
            raise ImportStopped(f"No file of these is of the format {format_name}.")
        return None
    kind = kinds[0]
    foreign = [str(path) for path, found in by_path.items() if not list_own(kind, found)]
    if foreign:
        raise ImportStopped(f"{foreign[0]} is not of {kind.title}, as others are: import each export by itself.")
    return kind, list_own(kind, members)


def import_totals(
    kind: Totals, members: Sequence[Member], options: ImportOptions, store: TotalsStore | None, actor: str
) -> TotalsReport:
    """Imports an export of totals. Never raises for what can go wrong: the report says it.

    The same content again takes the place of what was imported, so that nothing changes. `store`: None or away, only
    a dry run is possible.
    """
    files = sorted(member.name for member in members)
    report = TotalsReport(options.site_id, kind.title, files, is_dry_run=options.dry_run)
    try:
        _import(kind, members, options, store, actor, report)
    except (AnalyticsError, OSError) as error:
        report.outcome, report.problem = Outcome.STOPPED, str(error)
    return report


def _import(
    kind: Totals,
    members: Sequence[Member],
    options: ImportOptions,
    store: TotalsStore | None,
    actor: str,
    report: TotalsReport,
) -> None:
    report.import_id = make_import_id(kind.name, members)
    days = _read_days(store, options, report)
    report.own_first = days.own_first
    sums = Sums(lambda dimension, day: _refuse(days, dimension, day))
    with _open_list(options.report_path) as unused:
        _add_up(kind, members, days, sums, report, unused)
    report.parts = sums.parts()
    if sums and store is not None and not options.dry_run:
        store.put(actor, options.site_id, report.import_id, kind.title, sums)


def _read_days(store: TotalsStore | None, options: ImportOptions, report: TotalsReport) -> SiteDays:
    try:
        if store is not None:
            return store.read_days(options.site_id, report.import_id)
    except Unavailable:
        if not options.dry_run:
            raise
    if not options.dry_run:
        raise ImportStopped("Totals go into the database: set DATABASE_URL.")
    report.is_compared = False
    return SiteDays()


def _refuse(days: SiteDays, dimension: str, day: date) -> str:
    if days.own_first is not None and day >= days.own_first:
        return f"the site's own events begin on {days.own_first}"
    other = days.taken.get((dimension, day))
    return f"the import {other} has the same of {day}" if other else ""


def _add_up(
    kind: Totals, members: Sequence[Member], days: SiteDays, sums: Sums, report: TotalsReport, unused: TextIO | None
) -> None:
    def leave(member: str, number: int, why: str) -> None:
        report.unused.add(number, why if len(members) == 1 else f"{why} ({member})")
        if unused is not None:
            unused.write(f"{printable(member)}:{number}: not used: {printable(why)}\n")

    for member, number, outcome, table in kind.read(members, days.zone):
        report.read += number > 0
        if isinstance(outcome, Unparsable):
            leave(member, number, outcome.reason)
            continue
        owner = f"table {table} of {member}" if table else member
        try:
            reasons = [sums.add(figure, owner) for figure in outcome]
        except TooManySums as error:
            raise ImportStopped(f"{member}, line {number}: {error}. Nothing was imported.") from None
        report.used += not all(reasons)
        if not reasons:
            leave(member, number, "it names nothing that is kept")
        for why in dict.fromkeys(filter(None, reasons)):
            leave(member, number, why)


@contextmanager
def _open_list(path: Path | None) -> Iterator[TextIO | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ImportStopped(f"{path} can't be written: {error.strerror} (--report).") from error
    with file:
        yield file
