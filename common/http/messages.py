"""What the HTTP functions share: answers, problem documents (RFC 9457), bounded bodies."""

import codecs
import json
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from common.errors import Fault, InvalidInput, TooLarge, WrongMediaType

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


_NOT_KEPT = {"Cache-Control": "no-store"}
"""A cache would know that `Authorization` holds a key, and of no other header field."""


def answer(content: Any, status: int = 200, arrays: Mapping[str, Sequence[bytes]] | None = None) -> Response:
    """Compact JSON, which no cache keeps; `arrays`: members whose items are encoded already, beside others."""
    return Response(_append(encode(content), arrays), status, _NOT_KEPT, media_type="application/json")


def encode(content: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return _json.encode(content).encode(errors="backslashreplace")


def _append(encoded: bytes, arrays: Mapping[str, Sequence[bytes]] | None) -> bytes:
    for name, items in (arrays or {}).items():
        encoded = b'%s,"%s":[%s]}' % (encoded[:-1], name.encode(), b",".join(items))
    return encoded


def problem(
    status: int,
    title: str,
    detail: str,
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    arrays: Mapping[str, Sequence[bytes]] | None = None,
) -> Response:
    """A problem document, which no cache keeps; `arrays`: see `answer`."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(extra or {})}
    body = _append(encode(content), arrays)
    return Response(body, status, _NOT_KEPT | (headers or {}), media_type="application/problem+json")


def with_headers(response: Response, headers: Mapping[str, str]) -> Response:
    """The same response with more header fields; itself if there are none."""
    if not headers:
        return response
    extended = copy(response)
    extended.raw_headers = [*response.raw_headers, *Headers(headers).raw]
    return extended


def describe(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """The `errors` member of a problem document."""
    return [fault.as_dict() for fault in faults]


def describe_error(error: InvalidInput) -> list[dict[str, Any]]:
    """What is wrong with one event of many."""
    return describe(error.faults) or [{"detail": error.detail}]


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The request's body; raises TooLarge as soon as it is over the limit, without reading the rest.

    A byte order mark before it is no part of it (RFC 8259, 8.1): Windows writes files so.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) <= 20 and int(declared) > max_bytes:
        raise TooLarge(f"The body has {declared} bytes; at most {max_bytes} are read.")
    chunks, size, is_whole = [], 0, False
    while not is_whole:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(f"The body is over {max_bytes} bytes.")
        chunks.append(chunk)
        is_whole = not message.get("more_body", False)
    return b"".join(chunks).removeprefix(codecs.BOM_UTF8)


def check_media_type(request: Request, accepted: Sequence[str]) -> str:
    """The body's media type in lower case, one of `accepted`; raises WrongMediaType."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    media_type = media_type.strip().lower()
    if media_type not in accepted:
        raise WrongMediaType(f"Content-Type should be one of: {', '.join(accepted)}.")
    if parameters:
        named = dict(one.strip().lower().partition("=")[::2] for one in parameters.split(";"))
        if named.get("charset", "utf-8").strip('"') not in ("utf-8", "utf8", "us-ascii"):
            raise WrongMediaType("The charset should be utf-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise WrongMediaType("Content-Encoding should be absent: bodies are read uncompressed.")
    return media_type
