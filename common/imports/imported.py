"""An import of totals: what it has of which days. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

MEASURES = ("visitors", "visits", "page_views", "events", "bounces", "duration_ms")
"""What may be known of a day, in the order of the table's columns."""


@dataclass(frozen=True)
class Part:
    """What an import has of one dimension: days from `first` to `last`, both with figures, and which measures."""

    first: date
    last: date
    measures: tuple[str, ...]
    rows: int

    def as_dict(self) -> dict[str, Any]:
        """For JSON, and as it is stored."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "measures": list(self.measures),
            "rows": self.rows,
        }


@dataclass(frozen=True)
class Imported:
    """An import as it is known."""

    import_id: str
    title: str
    parts: Mapping[str, Part]
    """By dimension; '' is the whole site."""
    created_at: datetime

    def as_text(self) -> str:
        """For a list."""
        known = ", ".join(dimension or "site" for dimension in self.parts)
        return f"{self.import_id}  {self.first} to {self.last}  {self.title}: {known}"

    @property
    def first(self) -> date:
        """The first day of which it has anything."""
        return min(part.first for part in self.parts.values())

    @property
    def last(self) -> date:
        """The last one."""
        return max(part.last for part in self.parts.values())

    def as_dict(self) -> dict[str, Any]:
        """For JSON; the whole site's part is called `site`."""
        return {
            "import_id": self.import_id,
            "title": self.title,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "created_at": self.created_at.isoformat(),
            "contents": {dimension or "site": part.as_dict() for dimension, part in self.parts.items()},
        }


def read_imported(import_id: str, title: str, contents: Mapping[str, Any], created_at: datetime) -> Imported:
    """An import as it is stored."""
    parts = {
        dimension: Part(
            date.fromisoformat(part["first"]), date.fromisoformat(part["last"]), tuple(part["measures"]), part["rows"]
        )
        for dimension, part in sorted(contents.items())
    }
    return Imported(import_id, title, parts, created_at)
