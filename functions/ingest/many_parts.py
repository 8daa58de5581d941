"""Reads the JSON of other trackers' clients, unless it has more parts than a client sends: a few kilobytes may hold
millions, compressed.
"""

from typing import Any

from common.errors import InvalidInput, TooLarge
from common.incoming_event import MAX_EVENTS
from functions.ingest.body import MUCH_BYTES, parse_json

MAX_TEXTS = 100_000
"""Of a body: a thousand events have as many, each with the most properties and twenty fields."""
MAX_BARE_BYTES = 384 << 10
"""Of a body, outside of its texts and white space."""

_WHITE = b" \t\r\n"


def read_json(body: bytes) -> Any:
    """The JSON value of a body. Raises NotJson, TooLarge for too many events, InvalidInput for what would take long."""
    if len(body) > MUCH_BYTES and _has_many_parts(body):
        raise InvalidInput("The body is not valid: it has more parts than a thousand events have.")
    value = parse_json(body)
    lists = (value, *value.values()) if isinstance(value, dict) else (value,)
    if any(isinstance(found, list) and len(found) > MAX_EVENTS for found in lists):
        raise TooLarge(f"A request may hold at most {MAX_EVENTS} events; this one has more.")
    return value


def _has_many_parts(body: bytes) -> bool:
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
    if plain.count(b'"') > 2 * MAX_TEXTS:
        return True
    return sum(len(part.translate(None, _WHITE)) for part in plain.split(b'"')[::2]) > MAX_BARE_BYTES
