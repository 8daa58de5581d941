"""Finds the days that an import covers, and how much of them is already stored."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from common.errors import AnalyticsError
from infra.importer.report import ImportReport
from infra.importer.stored_before import Stored


class Overlap:
    """Reports how much of each batch is already stored. If the database does not answer, the import goes on anyway."""

    def __init__(self, stored: Stored | None, site_id: str, report: ImportReport, say: Callable[[str], None]) -> None:
        self._stored, self._site_id, self._report, self._say = stored, site_id, report, say
        self._seen_days: set[date] = set()

    def begin(self, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        """Call before the first batch. Waits for the queue, or events of a recent import would look new."""
        if self._stored is None:
            return
        self._report.known = 0
        self._report.known_may_be_more = not self._stored.wait_until_quiet(clock, pause)

    def look(self, keys: Sequence[tuple[str, str]], *, warns: bool = True) -> None:
        """Call before a batch is sent. Counts its stored events.

        `warns`: of days with views from other sources, too.
        """
        if self._stored is None:
            return
        try:
            known = self._stored.count_known(self._site_id, keys)
            for day in sorted({read_day(timestamp) for timestamp, _ in keys} - self._seen_days) if warns else ():
                self._look_at_day(self._stored, day)
        except AnalyticsError as error:
            self._stored, self._report.known = None, None
            self._say(f"{error} So what of the log is already there is not known (setting: DATABASE_URL).")
        else:
            self._report.known = (self._report.known or 0) + known

    def note(self, timestamps: Sequence[str]) -> None:
        """Call after a batch with the timestamps of its accepted events. Records their days."""
        for day in map(read_day, timestamps):
            self._report.first_day = min(day, self._report.first_day or day)
            self._report.last_day = max(day, self._report.last_day or day)

    def _look_at_day(self, stored: Stored, day: date) -> None:
        self._seen_days.add(day)
        if views := stored.count_not_imported(self._site_id, day):
            self._report.not_imported[day] = views
            if len(self._report.not_imported) == 1:
                self._say(
                    f"Warning: {day} has {views:,} page views already that no import brought, such as a beacon's."
                    " The log's are added to them: a visit that both saw counts twice. Ctrl-C stops the import."
                )


def read_day(timestamp: str) -> date:
    """The UTC day of an RFC 3339 timestamp; at the ends of the calendar, the day as written."""
    return _read_day(f"{timestamp[:10]}T00:00Z" if timestamp[-1] == "Z" else timestamp)


@lru_cache(maxsize=1024)
def _read_day(timestamp: str) -> date:
    moment = datetime.fromisoformat(timestamp)
    try:
        return moment.astimezone(UTC).date()
    except OverflowError:
        return moment.date()
