"""Reads the JSON of other trackers' clients in one step, unless it has more parts than an event has: a few kilobytes
may hold millions, compressed.
"""

from typing import Any

from common.errors import InvalidInput, TooLarge
from common.incoming_event import MAX_BODY_BYTES, MAX_EVENTS
from functions.ingest.body import TOO_MANY, is_too_much, parse_json


def read_json(body: bytes) -> Any:
    """The JSON value of a body. Raises NotJson, TooLarge for too many events, InvalidInput for what would take long."""
    if len(body) > MAX_BODY_BYTES or is_too_much(body):
        raise too_many_parts()
    value = parse_json(body)
    if len(body) < 2 * MAX_EVENTS:
        return value
    lists = (value, *value.values()) if isinstance(value, dict) else (value,)
    for found in lists:
        if isinstance(found, list) and len(found) > MAX_EVENTS:
            raise TooLarge(TOO_MANY)
    return value


def too_many_parts() -> InvalidInput:
    """What is wrong with a body that would take long to read."""
    return InvalidInput("The body is not valid: it has more parts, or a longer one, than an event has.")
