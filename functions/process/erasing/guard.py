"""Remembers which events were erased, so that they do not come back."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from common.postgres.driver import Connection
from common.postgres.sql import load_query


def guard(connection: Connection, site_id: str, ids: Iterable[str]) -> None:
    """Remember the events with these ids."""
    if events := [{"event_id": id_} for id_ in sorted(set(ids))]:
        connection.run(load_query(__name__, "guard_events"), site_id=site_id, events=json.dumps(events))


def find_ids(payloads: Iterable[str]) -> Iterator[str]:
    """The ids of the events in these payloads: each is an event, or an array of events, or anything else."""
    for payload in payloads:
        try:
            content: Any = json.loads(payload)
        except (ValueError, RecursionError):
            continue
        for event in content if isinstance(content, list) else [content]:
            try:
                yield str(UUID(event["event_id"]))
            except (AttributeError, KeyError, TypeError, ValueError):
                continue
