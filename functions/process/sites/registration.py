"""Makes sites known by their first events, where UNKNOWN_SITES says so."""

import json
from collections.abc import Set

from common.postgres.driver import Connection
from common.postgres.sql import load_query


def register(connection: Connection, sites: Set[str]) -> None:
    """Make these sites known; the caller holds the locks on their rows in `sites`."""
    connection.run_prepared(load_query(__name__, "register_sites"), sites=json.dumps(sorted(sites)))
