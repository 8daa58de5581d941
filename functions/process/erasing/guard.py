"""Remembers which events were erased, so that they do not come back."""

import json
from collections.abc import Iterable

from common.postgres.driver import Connection
from common.postgres.sql import load_query


def guard(connection: Connection, site_id: str, ids: Iterable[str]) -> None:
    """Remember the events with these ids."""
    if events := [{"event_id": id_} for id_ in sorted(set(ids))]:
        connection.run(load_query(__name__, "guard_events"), site_id=site_id, events=json.dumps(events))
