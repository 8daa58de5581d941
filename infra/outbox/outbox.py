"""The outbox in PostgreSQL: a message is there before it is sent, and its state after.

A message is made once, because its id says what it is about. It is claimed before it is sent. If whoever claimed it
dies, nobody knows whether it arrived: a report then stays `unknown` (at most once), an alarm is sent again (at least
once).
"""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from common.postgres.database import Database
from common.postgres.driver import Connection
from common.postgres.sql import load_query
from common.presence.presence import hold_site

CLAIM_SECONDS = 600
"""After so long whoever claimed a message is taken for dead. To send one takes a fraction of it."""
MOST_ATTEMPTS = 30
"""With an hour between the later ones: more than a day."""
KEPT_DAYS = 90
"""Longer than any report is due for, or its id would be forgotten too early."""

State = Literal["waiting", "sending", "sent", "unknown", "failed"]


@dataclass(frozen=True)
class Message:
    """What is to be sent, to an address or the URL of a webhook."""

    message_id: str
    site_id: str
    target: str
    content: dict[str, Any]
    repeats: bool
    secret: str = ""
    attempts: int = 0


@dataclass(frozen=True)
class Entry:
    """What is known of a message."""

    message_id: str
    site_id: str
    target: str
    state: State
    attempts: int
    due_at: datetime
    fault: str
    created_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {name: one.isoformat() if isinstance(one, datetime) else one for name, one in vars(self).items()}


def put(connection: Connection, message: Message) -> bool:
    """Put a message in, unless one of this id was ever; whether it was."""
    rows = connection.run(
        load_query(__name__, "insert_message"),
        message_id=message.message_id,
        site_id=message.site_id,
        target=message.target,
        secret=message.secret,
        content=json.dumps(message.content),
        repeats=message.repeats,
    )
    return bool(rows)


class Outbox:
    """The messages of a database. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, message: Message, own: Database | None = None) -> bool:
        """Put a message in, unless one of this id was ever; whether it was. Raises as hold_site does.

        `own`: the site's database, where that is another one.
        """
        with self._database.transaction() as connection, own.transaction() if own else nullcontext() as held:
            if message.site_id:
                hold_site(held or connection, message.site_id)
            return put(connection, message)

    def has(self, message_id: str) -> bool:
        """Whether a message of this id was ever made."""
        return bool(self._database.run(load_query(__name__, "find_message"), message_id=message_id))

    def claim(self) -> Message | None:
        """The next message that is due, which nobody else gets meanwhile; None: there is none."""
        with self._database.transaction() as connection:
            connection.run(load_query(__name__, "end_claims"), seconds=CLAIM_SECONDS)
            connection.run(load_query(__name__, "drop_unwanted"))
            rows = connection.run(load_query(__name__, "claim_message"))
        return Message(*rows[0]) if rows else None

    def settle(self, message: Message, state: State, fault: str = "") -> None:
        """What became of a claimed message. One that waits again does so longer each time, and fails in the end."""
        is_over = state == "waiting" and message.attempts >= MOST_ATTEMPTS
        self._database.run(
            load_query(__name__, "settle_message"),
            message_id=message.message_id,
            state="failed" if is_over else state,
            fault=fault[:500],
            wait_seconds=min(60 * 2 ** min(message.attempts - 1, 10), 3600),
        )

    def list(self, most: int = 100) -> list[Entry]:
        """The latest messages, newest first."""
        return [Entry(*row) for row in self._database.run(load_query(__name__, "list_messages"), most=most)]

    def resend(self, message_id: str) -> bool:
        """Send a message again that failed, or of which nobody knows whether it arrived; whether there is one."""
        return bool(self._database.run(load_query(__name__, "resend_message"), message_id=message_id))

    def prune(self) -> None:
        """Forget what was settled long ago."""
        self._database.run(load_query(__name__, "prune_messages"), days=KEPT_DAYS)


def read_content(content: Mapping[str, Any], name: str) -> str:
    """A text of a message's content; empty: it has none."""
    return str(content.get(name) or "")
