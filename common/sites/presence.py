"""Keeps a site from being deleted to the end while something of it is written."""

from common.errors import AlreadyExists, NotFound
from common.postgres.driver import Connection
from common.postgres.sql import load_query


def hold_site(connection: Connection, site_id: str) -> None:
    """Until the transaction ends the site is there. Raises NotFound, or AlreadyExists while it is being deleted.

    Without it a row that is written beside the last step of a deletion would be of the next site with this id.
    """
    connection.run("select pg_advisory_xact_lock_shared(7201007)")  # as a batch does: see hold_off.sql
    [[is_there, is_removed]] = connection.run(load_query(__name__, "read_presence"), site_id=site_id) or []
    if is_removed:
        raise AlreadyExists(f"The site {site_id} is being deleted.")
    if not is_there:
        raise NotFound(f"There is no site {site_id}.")
