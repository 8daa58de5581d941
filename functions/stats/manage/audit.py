"""GET /v1/audit: who changed what, when."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from common.access.audit import MOST_ENTRIES
from common.access.audit_pages import read_page, read_position
from common.errors import Fault, InvalidInput
from common.groups.databases import Databases
from common.http import messages

_NAMES = ("limit", "before")


def list_audit(databases: Databases, request: Request) -> Response:
    """The newest changes of all groups first; `before` is `meta.next` of the page before."""
    query = request.query_params
    faults = [
        Fault("Unknown; the parameters are limit, before.", parameter=name[:100])
        for name in query
        if name not in _NAMES
    ]
    limit, position = query.get("limit", "100"), dict[str, int]()
    if not re.fullmatch("[0-9]{1,16}", limit) or not 1 <= int(limit) <= MOST_ENTRIES:
        faults.append(Fault(f"A whole number from 1 to {MOST_ENTRIES:,}.", parameter="limit"))
    try:
        position = read_position(query["before"], databases) if "before" in query else position
    except ValueError as error:
        faults.append(Fault(str(error), parameter="before"))
    if faults:
        raise InvalidInput("The query is not valid.", tuple(faults[:20]))
    page = read_page(databases, int(limit), position)
    meta: dict[str, Any] = {"next": page.next}
    if page.failed:
        meta["complete"] = False
    return messages.answer({"data": [change.as_dict() for change in page.changes], "meta": meta})
