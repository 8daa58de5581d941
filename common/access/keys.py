"""Keys in PostgreSQL: made, listed, revoked, and found again when they are presented."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from common.access.audit import note
from common.access.checks import check_expiry, check_name, check_site, check_stored_id
from common.access.key import Key, Kind, make_key
from common.access.scopes import SCOPES, Scope
from common.errors import Fault, InvalidInput, NotFound
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.presence.presence import hold_named_sites

MOST_SITES = 1_000
NO_SUCH_KEY = "There is no such key, or it was revoked before."
_KINDS: dict[str, Kind] = {"admin": "admin", "ingest": "ingest", "stats": "stats"}


@dataclass(frozen=True)
class KeyRecord:
    """What is known of a key."""

    key_id: str
    name: str
    scopes: list[Scope]
    sites: list[str] | None
    """None: all of them."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the hour."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(self).items()}


class Keys:
    """The keys of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(
        self,
        actor: str,
        name: str,
        scopes: Sequence[str],
        sites: Sequence[str] | None = None,
        expires_at: datetime | None = None,
    ) -> tuple[KeyRecord, Key]:
        """A new key, and what is kept of it. `sites`: None for all.

        Raises InvalidInput that names every fault, Unavailable, and as hold_named_sites does.
        """
        _check(name, scopes, sites, expires_at)
        key = make_key(_KINDS.get(scopes[0], "api") if len(scopes) == 1 else "api")
        record = self._insert(actor, key, name, scopes, sites, expires_at)
        assert record is not None  # noqa: S101 - its id has 47 random bits
        return record, key

    def adopt(self, actor: str, key: Key, name: str, scopes: Sequence[str]) -> bool:
        """Let a key that was made elsewhere be one of all sites; False if it was known, perhaps as a revoked one."""
        return self._insert(actor, key, name, scopes, None, None) is not None

    def list(self) -> list[KeyRecord]:
        """All keys, also those that expired or were revoked, oldest first. Raises Unavailable."""
        return [KeyRecord(*row) for row in self._database.run(load_query(__name__, "list_keys"))]

    def revoke(self, actor: str, key_id: str) -> None:
        """Let a key open nothing any more, from now on. Raises NotFound, Unavailable."""
        check_stored_id(key_id, NO_SUCH_KEY)
        with self._database.transaction() as connection:
            if not connection.run(load_query(__name__, "revoke_key"), key_id=key_id):
                raise NotFound(NO_SUCH_KEY)
            note(connection, actor, "key.revoke", key_id)

    def find(self, key: Key) -> KeyRecord | None:
        """The record of a key that opens something now, which counts as its use; None for any other."""
        rows = self._database.run(load_query(__name__, "find_key"), key_id=key.public_id)
        if not rows or not key.matches(rows[0][0]):
            return None
        if rows[0][1]:
            self._database.run(load_query(__name__, "touch_key"), key_id=key.public_id)
        return KeyRecord(*rows[0][2:])

    def _insert(
        self,
        actor: str,
        key: Key,
        name: str,
        scopes: Sequence[str],
        sites: Sequence[str] | None,
        expires_at: datetime | None,
    ) -> KeyRecord | None:
        with self._database.transaction() as connection:
            hold_named_sites(connection, sites or ())
            rows = connection.run(
                load_query(__name__, "insert_key"),
                key_id=key.public_id,
                hash=key.hash,
                name=name,
                scopes=list(scopes),
                sites=None if sites is None else list(sites),
                expires_at=expires_at,
            )
            if not rows:
                return None
            record = KeyRecord(*rows[0])
            detail = {"name": name, "scopes": list(scopes), "sites": record.sites}
            note(connection, actor, "key.make", key.public_id, detail)
            return record


def _check(name: str, scopes: Sequence[str], sites: Sequence[str] | None, expires_at: datetime | None) -> None:
    faults = [*check_name(name), *check_expiry(expires_at, datetime.now(UTC))]
    if not scopes or len(set(scopes)) < len(scopes) or not set(scopes) <= set(SCOPES):
        faults.append(Fault(f"One or more of {', '.join(SCOPES)}, each once.", "/scopes"))
    if sites is not None:
        if "admin" in scopes:
            faults.append(Fault("A key with the scope admin is one of all sites.", "/sites"))
        if not 1 <= len(sites) <= MOST_SITES:
            faults.append(Fault(f"1 to {MOST_SITES:,} sites; leave it out for all of them.", "/sites"))
        for index, site in enumerate(sites[:MOST_SITES]):
            faults += check_site(site, f"/sites/{index}")
    if faults:
        raise InvalidInput("The key can't be made.", tuple(faults[:20]))
