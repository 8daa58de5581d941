"""Asks for erasures, and tells how far they got. The processor fulfils them, in steps that the poller asks for."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.access.audit import note
from common.erasure.criteria import Criteria
from common.errors import AlreadyExists
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.presence.presence import hold_site

MOST_WISHES = 1_000
"""Of a site, not fulfilled yet."""
MOST_LISTED = 1_000


@dataclass(frozen=True)
class Erasure:
    """How far one got. What it is about is not told: with its last step that is forgotten."""

    id: int
    site_id: str
    stage: str
    """`asked`, then what is being looked through: `events`, `filtered`, `rejected`, `queue`; then `done`."""
    erased: int
    """Events so far."""
    requested_at: datetime
    done_at: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        done = self.done_at.isoformat() if self.done_at else None
        return {**vars(self), "requested_at": self.requested_at.isoformat(), "done_at": done}


def request_erasure(database: Database, actor: str, site_id: str, criteria: Criteria) -> int:
    """Have events erased; returns the erasure's id. Raises AlreadyExists where too many are waiting, and
    as hold_site does.

    The log of changes says by what they are erased, and not which: it is kept.
    """
    with database.transaction() as connection:
        hold_site(connection, site_id)
        asked = criteria.as_dict()
        rows = connection.run(
            load_query(__name__, "insert_erasure"), site_id=site_id, asked=json.dumps(asked), most=MOST_WISHES
        )
        if not rows:
            raise AlreadyExists(f"{MOST_WISHES} erasures of this site are waiting: try again later.")
        note(connection, actor, "events.erase", site_id, {"erasure": rows[0][0], "by": sorted(asked)})
    return int(rows[0][0])


def list_erasures(database: Database, site_id: str | None = None) -> list[Erasure]:
    """Those that are remembered, the latest first; of one site if it is given. Raises Unavailable."""
    return [
        Erasure(*row) for row in database.run(load_query(__name__, "list_erasures"), site_id=site_id, most=MOST_LISTED)
    ]
