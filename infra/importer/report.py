"""What an import did, for people and for scripts."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from infra.importer.rule import Skip

EXIT_DONE, EXIT_STOPPED, EXIT_DOUBTFUL, EXIT_INTERRUPTED = 0, 1, 3, 130
_SHOWN_LINES = 10
_SKIP_WORDS = {
    Skip.NO_REQUEST: "no valid request",
    Skip.METHOD: "method other than GET",
    Skip.STATUS: "status other than 2xx and 304",
    Skip.ASSET: "asset, not a page",
    Skip.OTHER_HOST: "of another host",
    Skip.BOT: "known bot",
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

    read: int = 0
    unparsable: LineFaults = field(default_factory=LineFaults)
    skipped: Counter[Skip] = field(default_factory=Counter)
    sent: int = 0
    accepted: int = 0
    rejected: LineFaults = field(default_factory=LineFaults)
    outcome: Outcome = Outcome.DONE
    problem: str = ""
    """Why the import was stopped, in a sentence."""

    @property
    def unconfirmed(self) -> int:
        """Events of the last request where ingest never said that it took them; it may have, or not."""
        return self.sent - self.accepted - self.rejected.count

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
            "read": self.read,
            "sent": self.sent,
            "accepted": self.accepted,
            "unconfirmed": self.unconfirmed,
            "rejected": self.rejected.as_dict(),
            "skipped": {skip.value: self.skipped[skip] for skip in Skip},
            "unparsable": self.unparsable.as_dict(),
        }

    def as_text(self) -> str:
        """The lines that a person reads."""
        lines = [
            f"{self.read:>10,} lines read",
            f"{self.sent:>10,} events sent: {self.accepted:,} accepted, {self.rejected.count:,} rejected"
            + (f", {self.unconfirmed:,} not confirmed" if self.unconfirmed else ""),
            *_list_lines(self.rejected),
            f"{self.skipped.total():>10,} lines skipped",
            *(f"{count:>14,} {_SKIP_WORDS[skip]}" for skip, count in self.skipped.most_common()),
            f"{self.unparsable.count:>10,} lines not parsed",
            *_list_lines(self.unparsable),
        ]
        return "\n".join([*lines, *self._closing_lines()])

    def _closing_lines(self) -> list[str]:
        if self.outcome is Outcome.STOPPED:
            return [f"Stopped: {self.problem}"]
        if self.outcome is Outcome.INTERRUPTED:
            return ["Interrupted. Run the same import again to finish it: nothing counts twice."]
        return []


def _list_lines(faults: LineFaults) -> list[str]:
    shown = [f"              line {line:,}: {reason}" for line, reason in faults.first]
    more = faults.count - len(faults.first)
    return [*shown, f"              and {more:,} more"] if more else shown
