"""GET /v1/export: a site's events, as they were stored, as one gzip file."""

from itertools import chain
from typing import get_args

from starlette.background import BackgroundTask
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from common.errors import Forbidden
from common.export.lines import LineFormat
from common.export.reader import Asked, compress, read_pages
from common.postgres.database import Database
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.query.faults import Faults


def build_export_routes(database: Database, gate: Gate) -> list[Route]:
    """The route. `database`: its connections are those of exports alone, each for as long as a client reads."""

    def answer(request: Request, caller: Caller) -> Response:
        """Streamed: a connection that ends early leaves a gzip file that is seen to be cut."""
        if caller.is_outsider:
            raise Forbidden("Figures are shared here, and no single events: they may name users.")
        asked = read_asked(request.query_params)
        pages = read_pages(database, asked)
        parts = compress(pages)
        first = next(parts)  # what goes wrong before it is answered as an error
        headers = {
            "Content-Disposition": f'attachment; filename="events.{asked.line_format}.gz"',
            "Cache-Control": "no-store",
        }
        whole = chain([first], parts)
        # whatever ends the answer, a client that leaves too, ends the transaction and gives the connection back
        ended = BackgroundTask(pages.close)
        return StreamingResponse(whole, headers=headers, media_type="application/gzip", background=ended)

    return [gate.read("/v1/export", "export", answer)]


def read_asked(query: QueryParams) -> Asked:
    """The query string. Raises InvalidInput."""
    faults = Faults(query, "export")
    asked = Asked(faults.site(), faults.choose("format", get_args(LineFormat), "ndjson"))  # type: ignore[arg-type]
    faults.check()
    return asked
