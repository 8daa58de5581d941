"""Whether the databases of further groups still have what the queue has settled.

Each remembers the last look at the queue itself, and home what each remembered. A database that was restored from a
copy remembers less than home knows of it. It is judged before it is told of a newer look, and what it lacks is recorded
before that too: so nothing goes unnoticed, whatever dies in between. See common.witness.record.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.errors import Unavailable
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.witness.sighting import Loss, Seen, Sighting, find_forgotten_in

Key = tuple[str, str, int]
"""Group, stream and shard."""


def read_known(connection: Connection) -> dict[Key, int]:
    """When the last look was that a group's database is known, at home, to remember. Without slots it loses nothing."""
    rows = connection.run(load_query(__name__, "read_group_sightings")) or []
    return {(group, stream, shard): at_ms for group, stream, shard, at_ms, _ in rows}


def find_losses_in(
    others: Mapping[str, Database], known: Mapping[Key, int], sightings: Sequence[Sighting]
) -> Iterator[tuple[Loss, Seen | None]]:
    """What these databases lack, and what each remembers. One that does not answer is judged later."""
    for group, database in others.items():
        try:
            with database.transaction() as connection:
                seen = {one.shard: read_seen(connection, one) for one in sightings}
        except Unavailable:
            continue
        for one in sightings:
            known_ms = known.get((group, one.stream, one.shard), 0)
            if loss := find_forgotten_in(group, seen[one.shard], known_ms, one):
                yield loss, seen[one.shard]


def record_in(home: Database, others: Mapping[str, Database], sightings: Sequence[Sighting]) -> None:
    """Record at home what these databases lack, and have them remember this look. Raises Unavailable of home alone."""
    with home.transaction() as connection:
        known = read_known(connection)
    for loss, seen in find_losses_in(others, known, sightings):
        _record_loss(home, loss, seen)
    for group, database in others.items():
        try:
            _remember(database, sightings)
        except Unavailable:
            continue
        with home.transaction() as connection:
            for one in sightings:
                note = {"group": group, "queue": one.stream, "shard": one.shard}
                connection.run(
                    load_query(__name__, "note_group_sighting"), **note, at_ms=one.at_ms, settled=one.settled
                )


def _record_loss(home: Database, loss: Loss, seen: Seen | None) -> None:
    """Once, whoever sees it: home then knows no more of the group than that remembers."""
    about = {"group": loss.group, "queue": loss.stream, "shard": loss.shard}
    reached = {"reached": seen.at_ms if seen else 0, "settled": seen.settled if seen else 0}
    with home.transaction() as connection:
        if connection.run(load_query(__name__, "take_back_group_sighting"), **about, **reached):
            insert_loss(connection, loss)


def insert_loss(connection: Connection, loss: Loss) -> None:
    """Record a loss."""
    row = {name: getattr(loss, name) for name in ("shard", "cause", "from_ms", "until_ms", "about", "group")}
    connection.run(load_query(__name__, "insert_loss"), queue=loss.stream, **row)


def _remember(database: Database, sightings: Sequence[Sighting]) -> None:
    with database.transaction() as connection:
        for one in sightings:
            own = one.as_seen() | {"queue": one.stream, "shard": one.shard}
            if not connection.run(load_query(__name__, "insert_sighting"), **own):
                seen = lock_seen(connection, one)
                if seen is None or one.at_ms > seen.at_ms:
                    connection.run(load_query(__name__, "update_sighting"), **own)


def read_seen(connection: Connection, now: Sighting) -> Seen | None:
    """What a database remembers of the shard."""
    return _find_seen(connection.run(load_query(__name__, "read_sighting"), queue=now.stream, shard=now.shard))


def lock_seen(connection: Connection, now: Sighting) -> Seen | None:
    """The same; whoever else wants to write it waits."""
    return _find_seen(connection.run(load_query(__name__, "lock_sighting"), queue=now.stream, shard=now.shard))


def _find_seen(rows: list[list[Any]] | None) -> Seen | None:
    return Seen(*rows[0]) if rows else None
