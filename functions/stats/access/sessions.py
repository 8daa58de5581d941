"""Sessions in PostgreSQL: of users who signed in, and of readers who gave a link's password."""

import hmac

from common.access.key import Key, make_key
from common.postgres.database import Database
from common.postgres.sql import load_query

LONGEST_SECONDS = 12 * 3_600
IDLE_SECONDS = 2 * 3_600
"""A session that is not used for as long ends."""


class Sessions:
    """The sessions of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, user_name: str = "", link_id: str = "") -> Key:
        """Begin a session of a user or of a link's reader. Raises Unavailable."""
        key = make_key("session" if user_name else "view")
        self._database.run(load_query(__name__, "delete_old_sessions"))
        self._database.run(
            load_query(__name__, "insert_session"),
            session_id=key.public_id,
            hash=key.hash,
            user_name=user_name or None,
            link_id=link_id or None,
            seconds=LONGEST_SECONDS,
        )
        return key

    def find(self, key: Key) -> tuple[str, str] | None:
        """The user's name and the link's id (one of them is empty) of a session that goes on. Raises Unavailable."""
        rows = self._database.run(
            load_query(__name__, "find_session"), session_id=key.public_id, idle_seconds=IDLE_SECONDS
        )
        if not rows or not key.matches(rows[0][0]):
            return None
        _, user_name, link_id, is_stale = rows[0]
        if is_stale:
            self._database.run(load_query(__name__, "touch_session"), session_id=key.public_id)
        return user_name or "", link_id or ""

    def end(self, key: Key) -> None:
        """Raises Unavailable."""
        self._database.run(load_query(__name__, "delete_session"), session_id=key.public_id)


def make_csrf_token(key: Key) -> str:
    """What a page of ours shows with each change: it follows from the cookie, which no other page can read."""
    return hmac.digest(key.text.encode(), b"csrf", "sha256").hex()[:32]
