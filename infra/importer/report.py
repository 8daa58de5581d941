"""What an import did, for people and for scripts."""

import json
import shlex
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Any
from urllib.parse import quote

from infra.importer.rule import Skip
from infra.terminal import printable

EXIT_DONE, EXIT_STOPPED, EXIT_DOUBTFUL, EXIT_INTERRUPTED = 0, 1, 3, 130
_SHOWN_LINES = 10
SKIP_WORDS = {
    Skip.NO_REQUEST: "no valid request",
    Skip.METHOD: "method other than GET",
    Skip.STATUS: "status other than 2xx and 304",
    Skip.ASSET: "asset, not a page",
    Skip.OTHER_HOST: "of another host",
    Skip.BOT: "known bot",
    Skip.NO_EVENT: "no event: about a session, a person or the tracker itself",
}


class Outcome(StrEnum):
    """How an import ended."""

    DONE = "done"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


@dataclass
class LineFaults:
    """Lines with something wrong: how many, and the first few with their numbers (from 1) and reasons."""

    count: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, reason: str) -> None:
        """Notes a line."""
        self.count += 1
        if len(self.first) < _SHOWN_LINES:
            self.first.append((line, reason))

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        first = [{"line": line, "reason": reason} for line, reason in self.first]
        return {"count": self.count, "first": first}


@dataclass
class ImportReport:
    """The figures of one import, filled as it goes, so that they are right whenever it ends."""

    site_id: str = ""
    stats_port: int = 3003
    stats_need_key: bool = False
    read: int = 0
    unparsable: LineFaults = field(default_factory=LineFaults)
    skipped: Counter[Skip] = field(default_factory=Counter)
    sent: int = 0
    accepted: int = 0
    rejected: LineFaults = field(default_factory=LineFaults)
    known: int | None = None
    """Events that were there before; None where the database was not asked, or did not answer."""
    known_may_be_more: bool = False
    """Whether earlier events still waited to be stored when the import began."""
    first_day: date | None = None
    last_day: date | None = None
    """The UTC days of the first and the last event that was accepted."""
    not_imported: dict[date, int] = field(default_factory=dict)
    """Days of the log that have page views of another origin, such as a beacon: how many."""
    formats: dict[str, str] = field(default_factory=dict)
    """What each log was found to be, by its name."""
    hosts: Counter[str] = field(default_factory=Counter)
    """The hosts that the page views' lines name, where they name one: how many each."""
    crawlers: Counter[str] = field(default_factory=Counter)
    """Events of AI crawlers, by name: ingest sets them aside."""
    is_dry_run: bool = False
    """Nothing is sent then: `sent` is how many events would be."""
    sample: dict[str, Any] | None = None
    """The first event of a dry run."""
    outcome: Outcome = Outcome.DONE
    problem: str = ""
    """Why the import was stopped, in a sentence."""

    @property
    def unconfirmed(self) -> int:
        """Events of the last request where ingest never said that it took them; it may have, or not."""
        return 0 if self.is_dry_run else self.sent - self.accepted - self.rejected.count

    @property
    def new(self) -> int | None:
        """Accepted events that were not there before; None where that is not known."""
        taken = self.sent if self.is_dry_run else self.accepted
        return None if self.known is None else max(0, taken - self.known)

    @property
    def exit_code(self) -> int:
        """0 done; 1 stopped; 3 done, but events were rejected or no line could be parsed; 130 Ctrl-C."""
        if self.outcome is Outcome.DONE:
            nothing_parsed = 0 < self.read == self.unparsable.count
            return EXIT_DOUBTFUL if self.rejected.count or nothing_parsed else EXIT_DONE
        return EXIT_INTERRUPTED if self.outcome is Outcome.INTERRUPTED else EXIT_STOPPED

    def as_dict(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "outcome": self.outcome.value,
            "problem": self.problem,
            "dry_run": self.is_dry_run,
            "formats": self.formats,
            "hosts": dict(self.hosts.most_common(_SHOWN_LINES)),
            "read": self.read,
            "sent": self.sent,
            "accepted": self.accepted,
            "new": self.new,
            "already_there": self.known,
            "unconfirmed": self.unconfirmed,
            "days": [day.isoformat() for day in (self.first_day, self.last_day) if day],
            "crawlers": dict(self.crawlers.most_common()),
            "sample": self.sample,
            "not_imported": {day.isoformat(): views for day, views in self.not_imported.items()},
            "rejected": self.rejected.as_dict(),
            "skipped": {skip.value: self.skipped[skip] for skip in Skip},
            "unparsable": self.unparsable.as_dict(),
        }

    def as_text(self) -> str:
        """The lines that a person reads."""
        lines = [
            *(f"{printable(log)}: {title}" for log, title in islice(self.formats.items(), _SHOWN_LINES)),
            f"{self.read:>10,} lines read",
            self._word_sent(),
            *list_faults(self.rejected),
            *self._crawler_lines(),
            f"{self.skipped.total():>10,} lines skipped",
            *(f"{count:>14,} {SKIP_WORDS[skip]}" for skip, count in self.skipped.most_common()),
            f"{self.unparsable.count:>10,} lines not parsed",
            *list_faults(self.unparsable),
        ]
        return "\n".join([*lines, *self._closing_lines()])

    def _word_sent(self) -> str:
        if self.is_dry_run:
            return f"{self.sent:>10,} events would be sent" + (
                "" if self.known is None else f": {self._word_accepted()}"
            )
        unconfirmed = f", {self.unconfirmed:,} not confirmed" if self.unconfirmed else ""
        return f"{self.sent:>10,} events sent: {self._word_accepted()}, {self.rejected.count:,} rejected{unconfirmed}"

    def _word_accepted(self) -> str:
        if self.known is None or self.new is None:
            return f"{self.accepted:,} accepted"
        known = f"{self.known if self.is_dry_run else self.accepted - self.new:,} already there"
        return f"at most {self.new:,} new, at least {known}" if self.known_may_be_more else f"{self.new:,} new, {known}"

    def _closing_lines(self) -> list[str]:
        lines = [*self._host_lines(), *self._warning_lines(), *self._day_lines()]
        if self.sample:
            lines.append(f"The first one: {printable(json.dumps(self.sample, ensure_ascii=False))}")
        if self.outcome is Outcome.STOPPED:
            lines.append(f"Stopped: {printable(self.problem)}")
        if self.outcome is Outcome.INTERRUPTED:
            lines.append("Interrupted. Run the same import again to finish it: nothing counts twice.")
        return lines

    def _crawler_lines(self) -> list[str]:
        if not self.crawlers:
            return []
        shown = ", ".join(f"{name} ({events:,})" for name, events in self.crawlers.most_common(_SHOWN_LINES))
        return [f"{self.crawlers.total():>14,} of these by AI crawlers, to be set aside: {shown}"]

    def _host_lines(self) -> list[str]:
        if len(self.hosts) < 2:
            return []
        shown = ", ".join(f"{printable(host)} ({lines:,})" for host, lines in self.hosts.most_common(_SHOWN_LINES))
        return [f"The page views are of several hosts: {shown}"]

    def _warning_lines(self) -> list[str]:
        if not self.not_imported:
            return []
        shown = [f"{day}: {views:,}" for day, views in islice(self.not_imported.items(), _SHOWN_LINES)]
        more = len(self.not_imported) - len(shown)
        return [
            "Warning: these days have page views that no import brought, such as a beacon's. A visit that both saw"
            " counts twice.",
            *(f"              {line}" for line in shown),
            *([f"              and {more:,} more days"] if more else []),
        ]

    def _day_lines(self) -> list[str]:
        if not self.first_day or not self.last_day:
            return []
        query = f"site_id={quote(self.site_id)}&from={self.first_day}&to={self.last_day}&timezone=UTC"
        stats = f"http://localhost:{self.stats_port}/v1/stats"
        curl = "curl -H 'Authorization: Bearer <STATS_API_KEY>'" if self.stats_need_key else "curl"
        if self.is_dry_run:
            return [f"Days {self.first_day} to {self.last_day} (UTC)."]
        lines = [
            f"Days {self.first_day} to {self.last_day} (UTC). Look at them, once `analytics status` has none queued:",
            f'  {curl} "{stats}/summary?{query}"',
            f'  {curl} "{stats}/breakdown?{query}&dimension=path"',
        ]
        if self.known is None:
            lines.append(
                f"How many were already there: analytics ledger --site {shlex.quote(self.site_id)} (duplicate)"
            )
        return lines


def list_faults(faults: LineFaults) -> list[str]:
    """The first few, a line each, and how many more there are."""
    shown = [f"              line {line:,}: {printable(reason)}" for line, reason in faults.first]
    more = faults.count - len(faults.first)
    return [*shown, f"              and {more:,} more"] if more else shown
