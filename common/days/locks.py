"""What is locked while a day is closed or opened: its site's row, and then the tables against being emptied."""

import json
from collections.abc import Iterable

from common.postgres.driver import Connection
from common.postgres.sql import load_query


def lock_site(connection: Connection, site_id: str) -> bool:
    """Wait for a site's row and lock it; False if there is none."""
    return bool(connection.run("select from sites where site_id = :site_id for update", site_id=site_id))


def lock_free_sites(connection: Connection, sites: Iterable[str]) -> set[str]:
    """Lock the rows of these sites that nobody else has locked; returns which."""
    wanted = json.dumps(sorted(set(sites)))
    return {site_id for [site_id] in connection.run(load_query(__name__, "lock_free_sites"), sites=wanted) or []}


def lock_sets(connection: Connection) -> None:
    """Let nobody empty the tables (see closing.close_all) before this transaction ends."""
    connection.run("lock table daily_values, daily_users in row exclusive mode")
