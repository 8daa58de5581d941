"""GET /stats: a site's figures of one UTC day."""

import re
from datetime import date
from typing import Any, Protocol

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.http import messages
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate, forbid_filtered
from functions.stats.query.faults import Faults

TOP_PATHS = 10
MOST_TOP_PATHS = 100


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
    faults = Faults(query, "day")
    site_id, day = faults.site(), _parse_day(query.get("date", ""))
    if day is None:
        faults.add("A day that exists, such as 2025-11-12.", "date")
    most = faults.count("limit", TOP_PATHS, 1, MOST_TOP_PATHS)
    faults.check()
    assert day is not None  # noqa: S101 - check would have raised
    return site_id, day, most


def _parse_day(text: str) -> date | None:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
