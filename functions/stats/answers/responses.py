"""The answer to a question about figures, with the tag by which a client asks whether they changed."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from common.http import messages

CSV = "text/csv; charset=utf-8; header=present"


def wants_csv(format_: str, request: Request) -> bool:
    """Whether rows are asked for. `format_`: what the query says, which goes before the header Accept."""
    if format_:
        return format_ == "csv"
    accepted = [one.partition(";")[0].strip().lower() for one in request.headers.get("accept", "").split(",")]
    return "text/csv" in accepted and "application/json" not in accepted


class FiguresResponse(Response):
    """An answer that knows whether its figures are exact; None where it has none."""

    is_exact: bool | None = None


def respond(
    status: int, etag: str, content: bytes = b"", media_type: str = "application/json", is_exact: bool | None = None
) -> Response:
    """`status`: 200, or 304 without content: the client has it. `is_exact`: whether no figure of it is an estimate."""
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
    response = FiguresResponse(content, status, headers, media_type=media_type if status == 200 else None)
    response.is_exact = is_exact
    return response


def respond_document(etag: str, document: dict[str, Any], write_rows: Callable[[Any], bytes] | None) -> Response:
    """All of it in JSON, or its rows in CSV where there is something that writes these."""
    is_exact = document["meta"]["exact"]
    if write_rows is None:
        return respond(200, etag, messages.encode(document), is_exact=is_exact)
    return respond(200, etag, write_rows(document), CSV, is_exact=is_exact)
