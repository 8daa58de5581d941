"""GET /v1/export: a site's events, as they were stored, as one gzip file."""

from itertools import chain
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from common.errors import Fault, Forbidden, InvalidInput
from common.event import MAX_NAME_BYTES
from common.export.lines import LineFormat
from common.export.reader import Asked, compress, read_pages
from common.filters import words
from common.postgres.database import Database
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate

_PARAMETERS = ("site_id", "format")
_FORMATS: tuple[LineFormat, ...] = get_args(LineFormat)


def build_export_routes(database: Database, gate: Gate) -> list[Route]:
    """The route. `database`: its connections are those of exports alone, each for as long as a client reads."""

    def answer(request: Request, caller: Caller) -> Response:
        """Streamed: a connection that ends early leaves a gzip file that is seen to be cut."""
        if caller.how in ("link", "public"):
            raise Forbidden("Figures are shared here, and no single events: they may name users.")
        asked = read_asked(request)
        parts = compress(read_pages(database, asked))
        first = next(parts)  # what goes wrong before it is answered as an error
        headers = {
            "Content-Disposition": f'attachment; filename="events.{asked.line_format}.gz"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(chain([first], parts), headers=headers, media_type="application/gzip")

    return [gate.read("/v1/export", "export", answer)]


def read_asked(request: Request) -> Asked:
    """The query string. Raises InvalidInput."""
    query = request.query_params
    faults = [
        Fault(f"Unknown parameter; the parameters are {', '.join(_PARAMETERS)}.", parameter=name[:100])
        for name in query
        if name not in _PARAMETERS
    ]
    faults += [
        Fault("Give this parameter once.", parameter=name) for name in _PARAMETERS if len(query.getlist(name)) > 1
    ]
    site_id = query.get("site_id", "")
    if not words.is_text(site_id, MAX_NAME_BYTES):
        faults.append(Fault(f"The site, 1 to {MAX_NAME_BYTES} bytes.", parameter="site_id"))
    line_format = next((one for one in _FORMATS if one == query.get("format", "ndjson")), None)
    if line_format is None:
        faults.append(Fault(f"One of {', '.join(_FORMATS)}.", parameter="format"))
    if faults or line_format is None:
        raise InvalidInput("The query is not valid.", tuple(faults[:20]))
    return Asked(site_id, line_format)
