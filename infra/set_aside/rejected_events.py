"""Lists, edits and replays rejected events, each stored with its reason."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from common.postgres.database import Database
from common.postgres.sql import load_query

_PAGE = 500


@dataclass(frozen=True)
class RejectedEvent:
    """`source`: its place in the stream. `payload`: its JSON object. `original`: the payload before the first edit."""

    site_id: str
    source: str
    reason: str
    detail: str
    payload: str
    original: str
    rejected_at: str
    replayed_at: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class RejectedEvents:
    """The rejected events. Every method raises Unavailable if the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, with_replayed: bool = False) -> Iterator[RejectedEvent]:
        """Rejected events by site and source, a page at a time; replayed ones only if `with_replayed`."""
        after = ("", "")
        while page := self._read(load_query(__name__, "list_rejected"), *after, with_replayed=with_replayed):
            yield from page
            after = (page[-1].site_id, page[-1].source)

    def find(self, source: str) -> RejectedEvent | None:
        """The rejected event from this place in the stream, if there is one."""
        rows = self._database.run(load_query(__name__, "find_rejected"), source=source)
        return _make(rows[0]) if rows else None

    def save(self, event: RejectedEvent, payload: str) -> None:
        """Replace the payload with an edited one; the original is kept."""
        self._database.run(
            load_query(__name__, "save_rejected"), site_id=event.site_id, source=event.source, payload=payload
        )

    def mark_replayed(self, event: RejectedEvent) -> None:
        """Record that the event was queued again."""
        self._database.run(load_query(__name__, "mark_replayed"), site_id=event.site_id, source=event.source)

    def _read(self, query: str, site_id: str, source: str, with_replayed: bool) -> Sequence[RejectedEvent]:
        rows = self._database.run(query, site_id=site_id, source=source, replayed=with_replayed, most=_PAGE)
        return [_make(row) for row in rows]


def _make(row: Sequence[Any]) -> RejectedEvent:
    site_id, source, reason, detail, payload, original, rejected_at, replayed_at = row
    replayed = replayed_at.isoformat() if replayed_at else ""
    return RejectedEvent(site_id, source, reason, detail, payload, original, rejected_at.isoformat(), replayed)
