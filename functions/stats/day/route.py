"""GET /stats: a site's figures of one UTC day."""

import re
from datetime import date
from typing import Any, Protocol

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.errors import Fault, InvalidInput
from common.event import MAX_NAME_BYTES
from common.http import messages
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate, forbid_filtered

TOP_PATHS = 10
MOST_TOP_PATHS = 100
_PARAMETERS = ("site_id", "date", "limit")


class Reader(Protocol):
    """Where the figures are."""

    def read_day(self, site_id: str, day: date, most: int) -> tuple[int, int, list[dict[str, Any]]]:
        """Views, users and at most `most` top paths of a site's UTC day. Raises Unavailable."""

    def ping(self) -> None:
        """Raises Unavailable if the figures can't be read."""


def build_route(reader: Reader, gate: Gate) -> Route:
    """GET /stats?site_id=…&date=YYYY-MM-DD[&limit=…]."""

    def answer(request: Request, caller: Caller) -> Response:
        forbid_filtered(caller)
        site_id, day, most = parse_query(request.query_params)
        views, users, paths = reader.read_day(site_id, day, most)
        return messages.answer(
            {
                "site_id": site_id,
                "date": day.isoformat(),
                "total_views": views,
                "unique_users": users,
                "top_paths": paths,
            }
        )

    return gate.read("/stats", "stats", answer)


def parse_query(query: QueryParams) -> tuple[str, date, int]:
    """The site, the day and how many top paths; raises InvalidInput that names every fault."""
    faults = [
        Fault(f"Unknown parameter; the parameters are {', '.join(_PARAMETERS)}.", parameter=name[:100])
        for name in query
        if name not in _PARAMETERS
    ]
    faults += [
        Fault("Give this parameter once.", parameter=name) for name in _PARAMETERS if len(query.getlist(name)) > 1
    ]
    site_id, day = query.get("site_id", ""), _parse_day(query.get("date", ""))
    if not site_id or "\0" in site_id or len(site_id.encode(errors="replace")) > MAX_NAME_BYTES:
        faults.append(Fault("The site, 1 to 64 bytes.", parameter="site_id"))
    if day is None:
        faults.append(Fault("A day that exists, such as 2025-11-12.", parameter="date"))
    limit = query.get("limit", str(TOP_PATHS))
    if not re.fullmatch("[0-9]{1,3}", limit) or not 1 <= int(limit) <= MOST_TOP_PATHS:
        faults.append(Fault(f"A whole number from 1 to {MOST_TOP_PATHS}.", parameter="limit"))
    if faults or day is None:
        raise InvalidInput("The query is not valid.", tuple(faults[:20]))
    return site_id, day, int(limit)


def _parse_day(text: str) -> date | None:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
