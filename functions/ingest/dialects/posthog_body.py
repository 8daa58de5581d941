"""Bodies of PostHog's clients: JSON, or JSON in base64 in a form; one event, an array, or a batch."""

import base64
import binascii
from typing import Any, NamedTuple

from common.errors import Fault, InvalidInput
from functions.ingest.dialects.bodies import read_fields
from functions.ingest.dialects.form import Message
from functions.ingest.dialects.values import read_text

_EXPECTED = "Expected an event, an array of them, or an object with `batch`."


class Batch(NamedTuple):
    """The events of a request, and the project's token where it is beside them."""

    events: list[Any]
    token: str


def read_batch(content: Any, message: Message) -> Batch:
    """The events of a request in any of its forms. `content`: its JSON. Raises InvalidInput."""
    token = None
    if isinstance(content, dict):
        token = read_text(content.get("api_key")) or read_text(content.get("token"))
        if "batch" not in content:
            return Batch([content], token or _find_token(message))
        content = content["batch"]
    if not isinstance(content, list):
        raise InvalidInput("The body should be events of PostHog's.", (Fault(_EXPECTED),))
    if not content:
        raise InvalidInput("The batch holds no event; send at least one.")
    return Batch(content, token or _find_token(message))


def _find_token(message: Message) -> str:
    """The token beside the body: in the query, or as a bearer."""
    if message.query and (token := (query := read_fields(message.query)).get("api_key") or query.get("token")):
        return token
    bearer = message.headers.get("authorization", "")
    return bearer[7:].strip() if bearer[:7].lower() == "bearer " and not message.shows_key else ""


def find_text(message: Message) -> bytes:
    """The JSON of a request, maybe compressed. Raises InvalidInput."""
    body = message.body
    if not body.strip():
        return _decode(read_fields(message.query).get("data", ""))
    if not body.startswith(b"data="):
        return body
    return _decode(read_fields(body.decode(errors="replace")).get("data", ""))


def _decode(data: str) -> bytes:
    """The JSON that is in a text as it is, or in base64: a form may have lost its plus signs and its padding."""
    data = data.strip()
    if data.startswith(("{", "[")):
        return data.encode(errors="replace")
    try:
        decoded = base64.b64decode(data.replace(" ", "+") + "=" * (-len(data) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("The body can't be read: `data` should be JSON in base64.") from None
    return decoded
