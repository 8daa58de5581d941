"""What `analytics status` says of a database, and of several together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from common.postgres.database import Database
from common.postgres.sql import load_query
from infra.groups.unfinished import Unfinished, read_unfinished


@dataclass(frozen=True)
class Stored:
    """What is stored: the last commit, rejected events, those filtered in the last 24 hours, and unfinished moves."""

    last_commit: datetime | None = None
    rejected: int = 0
    filtered: dict[str, int] = field(default_factory=dict)
    """By reason."""
    moves: list[Unfinished] = field(default_factory=list)


def read_stored(database: Database) -> Stored:
    """Raises Unavailable."""
    [[last_commit, rejected]] = database.run(load_query(__name__, "read_status"))
    filtered = {reason: int(events) for reason, events in database.run(load_query(__name__, "count_filtered_lately"))}
    return Stored(last_commit, rejected, filtered, read_unfinished(database))


def add_up(parts: Iterable[Stored]) -> Stored:
    """The same of several databases."""
    parts = list(parts)
    filtered: Counter[str] = Counter()
    for part in parts:
        filtered.update(part.filtered)
    commits = [part.last_commit for part in parts if part.last_commit]
    return Stored(
        max(commits, default=None),
        sum(part.rejected for part in parts),
        dict(sorted(filtered.items())),
        [move for part in parts for move in part.moves],
    )
