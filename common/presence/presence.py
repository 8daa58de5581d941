"""Keeps a site from being deleted to the end while something of it is written."""

import json
from collections.abc import Iterable

from common.errors import AlreadyExists, NotFound
from common.postgres.driver import Connection
from common.postgres.sql import load_query


def hold_site(connection: Connection, site_id: str) -> None:
    """Until the transaction ends the site is there. Raises NotFound, or AlreadyExists while it is being deleted.

    Without it a row that is written beside the last step of a deletion would be of the next site with this id.
    """
    hold_deletions(connection)
    [[is_there, is_removed]] = connection.run(load_query(__name__, "read_presence"), site_id=site_id) or []
    if is_removed:
        raise AlreadyExists(f"The site {site_id} is being deleted.")
    if not is_there:
        raise NotFound(f"There is no site {site_id}.")


def hold_named_sites(connection: Connection, site_ids: Iterable[str]) -> None:
    """The same for what may name sites before there are any, as rights do. Raises AlreadyExists for one being deleted.

    Looked at before the wait as well: after it, a site that was deleted meanwhile looks like one that never was.
    """
    named = json.dumps(sorted(site_ids))
    _refuse_removed(connection, named)
    hold_deletions(connection)
    _refuse_removed(connection, named)


def hold_deletions(connection: Connection) -> None:
    """Until the transaction ends no site is deleted to the end, and no slot moved, as a batch does (hold_off.sql)."""
    connection.run("select pg_advisory_xact_lock_shared(7201007)")


def _refuse_removed(connection: Connection, named: str) -> None:
    if removed := connection.run(load_query(__name__, "find_removed"), site_ids=named):
        raise AlreadyExists(f"The site {removed[0][0]} is being deleted.")
