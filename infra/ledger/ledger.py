"""The ledger: every accepted event has exactly one outcome, or is still in flight."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from common.witness.sighting import Loss

Place = tuple[str, int]
"""A site and the minute (since 1970) in which its events were accepted."""


@dataclass(frozen=True)
class Line:
    """What became of the events of one site that were accepted in one minute."""

    site_id: str
    minute: int
    accepted: int = 0
    stored: int = 0
    duplicate: int = 0
    rejected: int = 0
    filtered: int = 0
    erased: int = 0
    dead_lettered: int = 0
    in_flight: int = 0

    @property
    def place(self) -> Place:
        """Its site, or the sites that share a count, and its minute."""
        return self.site_id, self.minute

    @property
    def missing(self) -> int:
        """Accepted events without an outcome. 0: the line balances. Negative: more outcomes than events."""
        outcomes = self.stored + self.duplicate + self.rejected + self.filtered + self.erased + self.dead_lettered
        return self.accepted - outcomes - self.in_flight

    def as_dict(self) -> dict[str, Any]:
        """For JSON, with the minute in ISO 8601."""
        minute = datetime.fromtimestamp(self.minute * 60, UTC).isoformat()
        return {**asdict(self), "minute": minute, "missing": self.missing}


@dataclass(frozen=True)
class Ledger:
    """The lines of a period, oldest first, and how many events were refused with a 4xx."""

    lines: tuple[Line, ...]
    refused: int
    reasons: Mapping[str, int]
    """How many events were rejected or filtered, by reason."""
    dropped: Mapping[str, int]
    """How many events were accepted with a field dropped or shortened, by field."""

    losses: tuple[Loss, ...] = ()
    """What the queue has lost, as far as no operator has accepted it."""
    gathered: Mapping[str, int] = field(default_factory=dict)
    """How many events count under "(other)" with a field, by field: its site brought too many values that day."""
    not_judged: frozenset[Place] = frozenset()
    """Lines of minutes for which the queue has lost its counts, accepted losses included; and of databases that do not
    answer."""
    unreachable: tuple[str, ...] = ()
    """The groups whose databases do not answer."""

    @property
    def closes(self) -> bool:
        """Whether every accepted event has exactly one outcome or is in flight, and the queue has lost none.

        False also while a database does not answer: nobody knows then.
        """
        if self.losses or self.unreachable:
            return False
        return all(line.missing == 0 for line in self.lines if line.place not in self.not_judged)

    @property
    def total(self) -> Line:
        """The sum of all lines."""
        return Line(
            site_id="",
            minute=0,
            accepted=sum(line.accepted for line in self.lines),
            stored=sum(line.stored for line in self.lines),
            duplicate=sum(line.duplicate for line in self.lines),
            rejected=sum(line.rejected for line in self.lines),
            filtered=sum(line.filtered for line in self.lines),
            erased=sum(line.erased for line in self.lines),
            dead_lettered=sum(line.dead_lettered for line in self.lines),
            in_flight=sum(line.in_flight for line in self.lines),
        )


def draw_up(columns: Mapping[str, Mapping[Place, int]]) -> tuple[Line, ...]:
    """Build the lines from the columns, each of which was counted independently."""
    places: Iterable[Place] = {place for counts in columns.values() for place in counts}
    return tuple(_draw_line(place, columns) for place in sorted(places, key=lambda place: (place[1], place[0])))


def _draw_line(place: Place, columns: Mapping[str, Mapping[Place, int]]) -> Line:
    def count(column: str) -> int:
        return columns.get(column, {}).get(place, 0)

    return Line(
        site_id=place[0],
        minute=place[1],
        accepted=count("accepted"),
        stored=count("stored"),
        duplicate=count("duplicate"),
        rejected=count("rejected"),
        filtered=count("filtered"),
        erased=count("erased"),
        dead_lettered=count("dead_lettered"),
        in_flight=count("in_flight"),
    )
