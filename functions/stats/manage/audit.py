"""GET /v1/audit: who changed what, when."""

import re

from starlette.requests import Request
from starlette.responses import Response

from common.access.audit import MOST_ENTRIES, list_changes
from common.errors import Fault, InvalidInput
from common.http import messages
from common.postgres.database import Database

_BOUNDS = {"limit": MOST_ENTRIES, "before": 10**15}


def list_audit(database: Database, request: Request) -> Response:
    """The newest changes first; `before` is the id of the last one of the page before."""
    query = request.query_params
    faults = [
        Fault("Unknown; the parameters are limit, before.", parameter=name[:100])
        for name in query
        if name not in _BOUNDS
    ]
    for name, most in _BOUNDS.items():
        text = query.get(name, "1")
        if not re.fullmatch("[0-9]{1,16}", text) or not 1 <= int(text) <= most:
            faults.append(Fault(f"A whole number from 1 to {most:,}.", parameter=name))
    if faults:
        raise InvalidInput("The query is not valid.", tuple(faults[:20]))
    before = int(query["before"]) if "before" in query else None
    changes = list_changes(database, int(query.get("limit", "100")), before)
    return messages.answer({"data": [change.as_dict() for change in changes]})
