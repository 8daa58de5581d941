"""What PostgreSQL remembers of the queue: sightings, and the losses that followed from them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from common.errors import Unavailable
from common.groups.slots import HOME
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.witness.other_groups import find_losses_in, insert_loss, lock_seen, read_known, read_seen, record_in
from common.witness.sighting import Loss, Seen, Sighting, find_forgotten, find_loss


def record(databases: Mapping[str, Database], sightings: Sequence[Sighting]) -> dict[str, Any]:
    """Remember what the queue shows, and each loss that follows from it once. Raises Unavailable where home fails.

    `databases`: those of all groups, by name; home remembers it, and of each other one what that remembers.
    Returns `next`, the mark that each shard is to get next, and `losses` that no operator has accepted.
    """
    database, others = _tell_apart(databases)
    if others:
        record_in(database, others, sightings)

    def record_once() -> dict[str, Any]:
        with database.transaction() as connection:
            next_marks = {str(one.shard): _record_one(connection, one, list(others.values())) for one in sightings}
            losses = [vars(loss) for loss in _read_losses(connection)]
        return {"next": next_marks, "losses": losses}

    return database.retry(record_once)


def _tell_apart(databases: Mapping[str, Database]) -> tuple[Database, dict[str, Database]]:
    return databases[HOME], {name: one for name, one in databases.items() if name != HOME}


def read_losses(database: Database) -> list[Loss]:
    """The losses that no operator has accepted, oldest first. Raises Unavailable."""
    with database.transaction() as connection:
        return _read_losses(connection)


def read_all_losses(database: Database) -> list[Loss]:
    """All losses that are remembered, accepted ones too. Raises Unavailable."""
    return [Loss(*row) for row in database.run(load_query(__name__, "read_all_losses"))]


def accept_losses(database: Database, note: str) -> list[Loss]:
    """Take note of all losses, so that nothing warns of them any more; returns them. Raises Unavailable."""
    return [Loss(*row) for row in database.run(load_query(__name__, "accept_losses"), note=note)]


def judge(databases: Mapping[str, Database], sightings: Sequence[Sighting]) -> list[Loss]:
    """The losses that follow from these sightings and are not recorded yet. Changes nothing. Raises Unavailable.

    `databases`: as for record().
    """
    database, others = _tell_apart(databases)
    losses: list[Loss] = []
    with database.transaction() as connection:
        for one in sightings:
            losses += _find_losses(connection, read_seen(connection, one), one, list(others.values()))
        known = read_known(connection) if others else {}
    return losses + [loss for loss, _ in find_losses_in(others, known, sightings)]


def _record_one(connection: Connection, now: Sighting, others: Sequence[Database]) -> int:
    """Returns the mark that the shard is to get next."""
    own = now.as_seen() | {"queue": now.stream, "shard": now.shard}
    if connection.run(load_query(__name__, "insert_sighting"), **own):
        _insert(connection, _find_losses(connection, None, now, others))
        return now.mark + 1
    seen = lock_seen(connection, now)
    if seen is None or now.at_ms <= seen.at_ms:
        return (seen.mark if seen else now.mark) + 1
    _insert(connection, _find_losses(connection, seen, now, others))
    connection.run(load_query(__name__, "update_sighting"), **own)
    return now.mark + 1


def _find_losses(connection: Connection, seen: Seen | None, now: Sighting, others: Sequence[Database]) -> list[Loss]:
    """What the queue has lost since it was seen, and what the database has."""
    loss = find_loss(seen, now, _find_processed([connection, *others], seen, now)) if seen else None
    return [one for one in (loss, find_forgotten(seen, now)) if one]


def _insert(connection: Connection, losses: Sequence[Loss]) -> None:
    for loss in losses:
        insert_loss(connection, loss)


def _find_processed(sources: Sequence[Database | Connection], seen: Seen, now: Sighting) -> int | None:
    """The time of an entry that was accepted between the two looks and that the stream does not know, if any."""
    first = max(now.last_ms + 1, seen.at_ms)  # what came before the earlier look is judged by its last id
    if first >= now.at_ms:
        return None
    entries = {"first": f"{now.shard}:{first}", "after": f"{now.shard}:{now.at_ms}"}
    found: list[str] = []
    for source in sources:
        # a group that is down is no witness, and no reason to stop watching
        with suppress(Unavailable):
            found += [row[0] for row in source.run(load_query(__name__, "find_processed"), **entries) or []]
    return max((int(entry.partition(":")[2].partition("-")[0]) for entry in found), default=None)


def _read_losses(connection: Connection) -> list[Loss]:
    return [Loss(*row) for row in connection.run(load_query(__name__, "read_losses")) or []]
