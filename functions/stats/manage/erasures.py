"""/v1/sites/{site_id}/events: events of a site erased, and how far erasures got."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.erasure.criteria import Criteria
from common.erasure.requests import list_erasures, request_erasure
from common.http import messages
from common.postgres.database import Database
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.manage.fields import read_fields
from functions.stats.manage.sites import find_site_id

_FIELDS = {"user_id": "text", "path": "text", "event_id": "text", "from": "instant", "to": "instant"}


def build_erasure_routes(database: Database, gate: Gate) -> list[Route]:
    """The routes. What is to be erased is in the body: addresses are logged on their way, and may name nobody."""

    def erase(request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """DELETE: 202, for the processor erases step by step."""
        site_id = find_site_id(request, caller, "erase")
        criteria = Criteria.check(read_fields(content, _FIELDS))
        erasure = request_erasure(database, caller.name, site_id, criteria)
        return messages.answer({"data": {"id": erasure, "site_id": site_id, "stage": "asked"}}, 202)

    def show(request: Request, caller: Caller) -> Response:
        """GET: the site's erasures, the latest first."""
        site_id = find_site_id(request, caller, "erase")
        return messages.answer({"data": [one.as_dict() for one in list_erasures(database, site_id)]})

    return [
        gate.change("/v1/sites/{site_id}/events", "erase", "DELETE", erase, has_body=True),
        gate.read("/v1/sites/{site_id}/erasures", "erase", show),
    ]
