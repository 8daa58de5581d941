"""The log of who changed what, when: written in the transaction of the change, so that no change goes unlogged."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query

MOST_ENTRIES = 1_000


@dataclass(frozen=True)
class Change:
    """One entry of the log."""

    id: int
    at: datetime
    actor: str
    """`key <id>`, `user <name>`, `setting STATS_API_KEY`, or `command line`."""
    action: str
    """What was done to what: `key.make`, `user.change`, `link.revoke` …"""
    target: str
    detail: dict[str, Any]
    group: str = ""
    """Whose log it is in, where there are several groups: each counts its own ids."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        content = {**vars(self), "at": self.at.isoformat()}
        return content if self.group else {name: value for name, value in content.items() if name != "group"}


def note(connection: Connection, actor: str, action: str, target: str, detail: Mapping[str, Any] | None = None) -> None:
    """Write an entry. `detail` holds no secret."""
    connection.run(
        load_query(__name__, "insert_audit"),
        actor=actor,
        action=action,
        target=target,
        detail=json.dumps(detail or {}),
    )


def list_changes(database: Database, most: int = 100, before: int | None = None) -> list[Change]:
    """The latest entries, newest first; `before`: those with a smaller id. Raises Unavailable."""
    rows = database.run(load_query(__name__, "list_audit"), most=min(most, MOST_ENTRIES), before=before)
    return [Change(*row) for row in rows]
