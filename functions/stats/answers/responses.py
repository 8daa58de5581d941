"""The answer to a question about figures, with the tag by which a client asks whether they changed."""

from starlette.responses import Response


def respond(status: int, etag: str, content: bytes = b"", media_type: str = "application/json") -> Response:
    """`status`: 200, or 304 without content: the client has it."""
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
    return Response(content, status, headers, media_type=media_type if status == 200 else None)
