"""/v1/restores: who manages a site wishes that filtered events count after all."""

from datetime import datetime
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.access.audit import note
from common.errors import AlreadyExists, Fault, InvalidInput
from common.event import FilterReason
from common.http import messages
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.presence.presence import hold_site
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.manage.fields import read_fields

MOST_WISHES = 100
"""Of a site, not fulfilled yet."""
_FIELDS = {"site_id": "text", "reason": "text", "from": "time", "to": "time"}


def build_restore_routes(database: Database, gate: Gate) -> list[Route]:
    """One route, which writes a wish: the processor counts the events."""

    def make(_: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """POST: 202, for the processor counts them page by page."""
        site_id, reason, start, after = _read(content)
        caller.check("sites", [site_id])
        given = {"reason": reason, "from": start.isoformat(), "to": after.isoformat()}
        with database.transaction() as connection:
            hold_site(connection, site_id)
            [[is_taken]] = connection.run(
                load_query(__name__, "insert_wish"),
                site_id=site_id, reason=reason, start=start, after=after, most=MOST_WISHES,
            )  # fmt: skip
            if not is_taken:
                raise AlreadyExists(f"{MOST_WISHES} such wishes of this site are waiting: try again later.")
            note(connection, caller.name, "restore.make", site_id, given)
        return messages.answer({"data": {"site_id": site_id, **given}}, 202)

    return [gate.change("/v1/restores", "sites", "POST", make)]


def _read(content: dict[str, Any]) -> tuple[str, str, datetime, datetime]:
    given = read_fields(content, _FIELDS, ("site_id", "reason", "from", "to"))
    reason, start, after = given["reason"], given["from"], given["to"]
    faults = []
    if reason not in get_args(FilterReason):
        faults.append(Fault(f"One of {', '.join(get_args(FilterReason))}.", "/reason"))
    if not start < after:
        faults.append(Fault("A time after `from`.", "/to"))
    if faults:
        raise InvalidInput("The body is not valid.", tuple(faults))
    return given["site_id"], reason, start, after
