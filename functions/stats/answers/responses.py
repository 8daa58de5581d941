"""The answer to a question about figures, with the tag by which a client asks whether they changed."""

from starlette.responses import Response


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
