"""Reads the body of a request that changes something."""

import json
from typing import Any

from starlette.requests import Request

from common.errors import InvalidInput, NotJson
from common.http.messages import check_media_type, read_body

MAX_BYTES = 256 << 10


async def read_object(request: Request) -> dict[str, Any]:
    """Raises InvalidInput unless the body is a JSON object. Its media type is one that no form of a page has."""
    check_media_type(request, ("application/json",))
    body = await read_body(request, MAX_BYTES)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise NotJson("The body is not JSON.") from None
    if not isinstance(content, dict):
        raise InvalidInput("The body should be a JSON object.")
    return content
