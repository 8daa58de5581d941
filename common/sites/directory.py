"""The sites in the database: listed, made and changed. Nothing here waits for a batch that is being stored."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.access.audit import note
from common.errors import AlreadyExists, Fault, InvalidInput, NotFound, StoreRejected
from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.presence.presence import hold_deletions
from common.sites.changes import NewSite, SiteChanges, SiteValues, merge_rules
from common.sites.document import read_rules
from common.sites.rules import SiteRules
from common.sites.zone_change import begin_change


@dataclass(frozen=True)
class SiteRecord:
    """A site, and all that is set of it."""

    site_id: str
    name: str
    time_zone: str
    hostnames: tuple[str, ...]
    currency: str | None
    is_public: bool
    is_paused: bool
    rules: SiteRules
    is_removed: bool
    """It is being deleted."""
    aliases: tuple[tuple[str, str], ...]
    created_at: datetime
    changed_at: datetime | None
    """When its figures last changed; None: it had no event yet."""
    next_time_zone: str | None = None
    """The zone to which its figures are being changed."""
    rebuilt_until: datetime | None = None
    """What happened before counts by the next zone already; None: nothing yet."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "site_id": self.site_id,
            "name": self.name or self.site_id,
            "time_zone": self.time_zone,
            "time_zone_change": self._describe_change(),
            "hostnames": list(self.hostnames),
            "currency": self.currency,
            "is_public": self.is_public,
            "is_paused": self.is_paused,
            "is_being_deleted": self.is_removed,
            "settings": self.rules.model_dump(),
            "aliases": [{"dialect": dialect, "external_id": external_id} for dialect, external_id in self.aliases],
            "created_at": self.created_at.isoformat(),
            "changed_at": self.changed_at.isoformat() if self.changed_at else None,
        }

    def _describe_change(self) -> dict[str, Any] | None:
        if self.next_time_zone is None:
            return None
        rebuilt_until = self.rebuilt_until.isoformat() if self.rebuilt_until else None
        return {"to": self.next_time_zone, "rebuilt_until": rebuilt_until}


class SiteDirectory:
    """The sites of a database. Every method raises Unavailable.

    `actor`: who changes something, for the log of changes, whose entry is written in the same transaction.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, site_ids: Collection[str] | None = None) -> list[SiteRecord]:
        """Sites, by id; None: all."""
        ids = None if site_ids is None else json.dumps(sorted(site_ids))
        return [_read(row) for row in self._database.run(load_query(__name__, "list_sites"), ids=ids)]

    def find(self, site_id: str) -> SiteRecord:
        """One site. Raises NotFound."""
        for record in self.list([site_id]):
            return record
        raise _not_found(site_id)

    def create(self, actor: str, new: NewSite, time_zone: str) -> SiteRecord:
        """Make a site; `time_zone`: where it names none. Raises AlreadyExists, InvalidInput."""
        zone = new.time_zone or time_zone
        try:
            with self._database.transaction() as connection:
                hold_deletions(connection)
                made = connection.run(load_query(__name__, "insert_site"), site_id=new.site_id, time_zone=zone)
                if not made:
                    raise AlreadyExists(f"There is a site {new.site_id} already.")
                _change(connection, new.site_id, new.without_key())
                note(connection, actor, "site.make", new.site_id)
        except StoreRejected as error:
            raise _refuse_zone() from error
        return self.find(new.site_id)

    def change(self, actor: str, site_id: str, changes: SiteChanges) -> SiteRecord:
        """Change what is given. Raises NotFound, AlreadyExists for an alias of another site, InvalidInput.

        Another time zone is only noted: infra.sites.schedule counts the figures again. Raises AlreadyExists while
        that is being done for yet another one.
        """
        try:
            with self._database.transaction() as connection:
                hold_deletions(connection)
                if changes.time_zone:
                    _begin_time_zone(connection, site_id, changes.time_zone)
                connection.run(load_query(__name__, "adopt_site"), site_id=site_id)
                _change(connection, site_id, changes)
                note(connection, actor, "site.change", site_id, {"members": sorted(changes.model_fields_set)})
        except StoreRejected as error:
            raise _refuse_zone() from error
        return self.find(site_id)

    def request_removal(self, actor: str, site_id: str) -> None:
        """Have a site deleted with all its data, in steps that the poller asks for. Raises NotFound."""
        with self._database.transaction() as connection:
            hold_deletions(connection)
            if not connection.run(load_query(__name__, "request_removal"), site_id=site_id):
                raise _not_found(site_id)
            note(connection, actor, "site.delete", site_id)


def _begin_time_zone(connection: Connection, site_id: str, time_zone: str) -> None:
    """First of all: a batch locks this row before it makes the site known."""
    rows = connection.run(load_query(__name__, "lock_time_zone"), site_id=site_id)
    if not rows:
        raise _not_found(site_id)
    [[current, coming]] = rows
    if time_zone == (coming or current):
        return
    if coming is not None:
        raise AlreadyExists(f"The figures of {site_id} are being changed to {coming}: wait until that is done.")
    begin_change(connection, site_id, time_zone)


def _change(connection: Connection, site_id: str, changes: SiteValues) -> None:
    rows = connection.run(load_query(__name__, "lock_settings"), site_id=site_id)
    if not rows:
        raise _not_found(site_id)
    [[name, hostnames, currency, settings, is_public, is_paused, is_removed]] = rows
    if is_removed:
        raise AlreadyExists(f"The site {site_id} is being deleted.")
    kept = {
        "name": name, "hostnames": hostnames, "currency": currency, "is_public": is_public, "is_paused": is_paused,
    }  # fmt: skip
    given = {field: getattr(changes, field) for field in kept if field in changes.model_fields_set}
    # null stands for "as a new site has it"
    emptied: dict[str, Any] = {"name": "", "hostnames": [], "currency": None, "is_public": False, "is_paused": False}
    values = kept | {field: emptied[field] if value is None else value for field, value in given.items()}
    rules = settings if changes.settings is None else merge_rules(settings, changes.settings).changes()
    connection.run(
        load_query(__name__, "update_settings"),
        site_id=site_id,
        settings=json.dumps(rules),
        **(values | {"hostnames": json.dumps(values["hostnames"])}),
    )
    if "aliases" in changes.model_fields_set:
        _write_aliases(connection, site_id, changes.list_aliases())


def _write_aliases(connection: Connection, site_id: str, aliases: Sequence[tuple[str, str]]) -> None:
    taken = connection.run(load_query(__name__, "write_aliases"), site_id=site_id, aliases=json.dumps(aliases))
    if taken:
        [dialect, external_id] = taken[0]
        raise AlreadyExists(f"The alias {dialect}:{external_id} stands for another site.")


def _read(row: Sequence[Any]) -> SiteRecord:
    [site_id, name, zone, hostnames, currency, is_public, is_paused, settings, is_removed, aliases, created, *rest] = (
        row
    )
    return SiteRecord(
        site_id, name, zone, tuple(hostnames), currency, is_public, is_paused, read_rules(settings), is_removed,
        tuple((dialect, external_id) for dialect, external_id in aliases), created, *rest,
    )  # fmt: skip


def _not_found(site_id: str) -> NotFound:
    return NotFound(f"There is no site {site_id}.")


def _refuse_zone() -> InvalidInput:
    fault = Fault("Should be an IANA name that the database knows, such as Europe/Berlin.", "/time_zone")
    return InvalidInput("The time zone is not known.", (fault,))
