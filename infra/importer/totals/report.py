"""What an import of totals did, for people and for scripts."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from common.imports.imported import Part
from infra.importer.report import EXIT_DONE, EXIT_DOUBTFUL, EXIT_STOPPED, LineFaults, Outcome, list_faults
from infra.terminal import printable

_WHOLE_SITE = "the whole site"


@dataclass
class TotalsReport:
    """The figures of one import of totals."""

    site_id: str
    title: str = ""
    files: list[str] = field(default_factory=list)
    import_id: str = ""
    read: int = 0
    used: int = 0
    """Lines of which something is imported."""
    unused: LineFaults = field(default_factory=LineFaults)
    """What of lines could not be used: a line may be of several dimensions, and be used for some of them."""
    parts: Mapping[str, Part] = field(default_factory=dict)
    own_first: date | None = None
    """The day of the site's own first event: from then on nothing is imported."""
    is_compared: bool = True
    """Whether the database said what is there; a dry run may do without."""
    is_dry_run: bool = False
    outcome: Outcome = Outcome.DONE
    problem: str = ""

    @property
    def exit_code(self) -> int:
        """0 done; 1 stopped; 3 nothing could be used."""
        if self.outcome is not Outcome.DONE:
            return EXIT_STOPPED
        return EXIT_DONE if self.parts else EXIT_DOUBTFUL

    def as_dict(self) -> dict[str, Any]:
        """The object that --json prints."""
        return {
            "outcome": self.outcome.value,
            "problem": self.problem,
            "dry_run": self.is_dry_run,
            "format": self.title,
            "files": self.files,
            "import_id": self.import_id,
            "read": self.read,
            "used": self.used,
            "unused": self.unused.as_dict(),
            "contents": {dimension or "site": part.as_dict() for dimension, part in self.parts.items()},
            "own_first_day": self.own_first.isoformat() if self.own_first else None,
            "compared": self.is_compared,
        }

    def as_text(self) -> str:
        """The lines that a person reads."""
        lines = [
            *(f"{printable(file)}: {self.title}" for file in self.files),
            f"{self.read:>10,} lines read",
            f"{self.used:>10,} lines of totals {'would be imported' if self.is_dry_run else 'imported'}",
            *(self._word_part(dimension, part) for dimension, part in self.parts.items()),
            f"{self.unused.count:>10,} totals not used",
            *list_faults(self.unused),
        ]
        return "\n".join([*lines, *self._closing_lines()])

    def _word_part(self, dimension: str, part: Part) -> str:
        what, measures = dimension or _WHOLE_SITE, ", ".join(part.measures)
        return f"{part.rows:>14,} of {what}, {part.first} to {part.last}: {measures}"

    def _closing_lines(self) -> list[str]:
        lines = []
        if self.own_first is not None:
            lines.append(f"The site's own events begin on {self.own_first}: imported days end before that.")
        if not self.is_compared:
            lines.append("Not compared with what is stored: the database can't be reached.")
        if self.outcome is Outcome.STOPPED:
            lines.append(f"Stopped: {printable(self.problem)}")
        elif self.parts and not self.is_dry_run:
            target = f"{shlex.quote(self.site_id)} {self.import_id}"
            lines.append(f"Import {self.import_id}. To remove it: analytics imports remove {target}")
        return lines
