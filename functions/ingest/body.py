"""HTTP request bodies: bytes in, events or clear faults out."""

import codecs
import json
import math
import re
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Annotated, Any, NamedTuple

from pydantic import FailFast, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

from common.errors import Fault, InvalidInput, NotJson, TooLarge, detach
from common.event import MAX_PROPERTIES
from common.incoming_event import MAX_EVENTS, IncomingEvent, IncomingRevenue

MAX_FAULTS = 20
MAX_ECHOED_NAME = 100
MAX_DIGITS = 4_000
"""Of an integer. Python and pydantic read some 300 more."""
MUCH_BYTES = 64 << 10
"""An event, or some of a body's, that is longer is looked at before it is read."""
MAX_TEXTS = 12_000
MAX_BARE_BYTES = 96 << 10
"""What it may hold then: texts, and bytes outside of them. An event that is valid has fewer than 200 texts."""
TOO_MANY = f"A request may hold at most {MAX_EVENTS} events; this one has more."

# stops at the first fault: describing every fault of a hostile body would take seconds
_validator = IncomingEvent.__pydantic_validator__
_array = TypeAdapter(Annotated[list[IncomingEvent], Field(max_length=MAX_EVENTS), FailFast()])
_EXPECTED = {
    "extra_forbidden": f"Unknown field; the fields are {', '.join(IncomingEvent.model_fields)}.",
    "extra_forbidden/revenue": f"Unknown field; the fields are {', '.join(IncomingRevenue.model_fields)}.",
    "model_type": "Expected a JSON object.",
    "dict_type": "Expected a JSON object.",
    "too_long/props": f"An event may have at most {MAX_PROPERTIES} properties.",
    "missing": "This field is required.",
    "string_pattern_mismatch": "U+0000 can't be stored.",
    "string_pattern_mismatch/timestamp": 'Expected RFC 3339 with an offset, such as "2025-11-12T10:00:00Z".',
    "string_pattern_mismatch/revenue": 'Expected an ISO 4217 code in capitals, such as "EUR".',
}
"""What would be right, by pydantic's type of error, or by that and the event's field; else pydantic's own words
serve."""

_FIELDS = frozenset(IncomingEvent.model_fields)
_LINE = re.compile(rb"\S[^\r\n]*")
"""A line with something in it. Blank lines are passed over: a body of a million of them makes no list."""

Parsed = IncomingEvent | InvalidInput
"""One item of a batch: the event, or what is wrong with it."""


def parse_event(body: bytes) -> IncomingEvent:
    """The one event of POST /event. Raises NotJson or InvalidInput."""
    if is_too_much(body):
        raise too_much()
    try:
        return IncomingEvent.model_validate_json(body)
    except ValidationError:
        pass
    parsed = validate(parse_json(body))
    if isinstance(parsed, InvalidInput):
        raise parsed
    return parsed


def is_too_much(text: bytes) -> bool:
    """Whether JSON has so many parts that reading it would take long, and no valid event has. Takes a millisecond."""
    if len(text) < MUCH_BYTES:
        return False
    plain = text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text
    if plain.count(b'"') > 2 * MAX_TEXTS:
        return True
    return sum(map(len, plain.split(b'"')[::2])) > MAX_BARE_BYTES


def too_much() -> InvalidInput:
    """What is wrong with an event that is_too_much."""
    return InvalidInput(f"The event is not valid: it has thousands of parts; the most are {MAX_PROPERTIES} properties.")


def not_an_array() -> InvalidInput:
    """What is wrong with a body that is something else."""
    return InvalidInput("The body should be a JSON array of events.", (Fault("Expected a JSON array."),))


class Items(NamedTuple):
    """The items of a body, and how each becomes an event: one by one, for many faulty ones take long."""

    raw: Sequence[Any]
    parse: Callable[[Any], Parsed]


Read = Callable[[bytes, str], Items]


def is_array(body: bytes, media_type: str) -> bool:
    """Whether the events of a body are to be an array. A text body is if it begins with `[`; others are lines."""
    return media_type != "application/x-ndjson" and body.lstrip().startswith(b"[")


def read_many(body: bytes, media_type: str) -> Items:
    """The events of POST /events: an array, or an event a line."""
    return read_array(body) if media_type == "application/json" or is_array(body, media_type) else read_lines(body)


def read_any(body: bytes, media_type: str) -> Items:
    """The events of POST /event or of POST /events."""
    if media_type == "application/x-ndjson" or body.lstrip().startswith(b"["):
        return read_many(body, media_type)
    try:
        return Items([parse_event(body)], keep)
    except NotJson:
        if media_type == "text/plain" and b"\n" in body.strip():
            return read_lines(body)
        raise
    except InvalidInput as error:
        detach(error)
        return Items([error], keep)


def read_array(body: bytes) -> Items:
    """The items of a JSON array; raises NotJson for a broken array, InvalidInput for anything but an array."""
    if not body.lstrip().startswith(b"[") and is_too_much(body):
        raise not_an_array()
    try:
        return Items(bounded(list(_array.validate_json(body))), keep)
    except ValidationError:
        pass
    items = parse_json(body)
    if not isinstance(items, list):
        raise not_an_array()
    return Items(bounded(items), finish)


def read_lines(body: bytes) -> Items:
    """The items of newline-delimited JSON; a broken line is one faulty item. Blank lines are skipped."""
    return Items(bounded([found[0] for found in islice(_LINE.finditer(body), MAX_EVENTS + 1)]), _parse_line)


def keep(parsed: Parsed) -> Parsed:
    """How an item that is an event already becomes one."""
    return parsed


def _parse_line(line: bytes) -> Parsed:
    try:
        return parse_event(line.removeprefix(codecs.BOM_UTF8))  # files were joined that begin with one
    except InvalidInput as error:
        detach(error)
        return error


def bounded(items: list[Any]) -> list[Any]:
    """The items, if there are any and not too many. Raises TooLarge or InvalidInput."""
    if len(items) > MAX_EVENTS:
        raise TooLarge(TOO_MANY)
    if not items:
        raise InvalidInput("The body holds no event; send at least one.")
    return items


def parse_json(body: bytes) -> Any:
    """The JSON value of a body, read leniently if need be. Raises NotJson."""
    try:
        return from_json(body)
    except ValueError:
        return _parse_leniently(body)


def _parse_leniently(body: bytes) -> Any:
    """JSON of which a string may be at fault (a lone surrogate), so that its neighbours are unharmed."""
    try:
        return json.loads(body.decode(), parse_constant=_refuse_constant, parse_int=_read_integer)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno} column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise NotJson(f"The body is not valid JSON{where}; send a JSON text in UTF-8.") from None


def _read_integer(digits: str) -> int | float:
    """A number that is too long for Python to read is out of bounds for every field; its neighbours are unharmed."""
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def parse_items(text: bytes) -> list[Any] | None:
    """The items of a short JSON array: events, or for `finish` to make; None for what is no JSON."""
    try:
        return list(_array.validate_json(text))
    except ValidationError:
        pass
    try:
        items = parse_json(text)
    except NotJson:
        return None
    return items if isinstance(items, list) else None


def finish(item: Any) -> Parsed:
    """The event that an item is, or what is wrong with it."""
    if isinstance(item, IncomingEvent | InvalidInput):
        return item
    return _parse_line(item) if isinstance(item, bytes) else validate(item)


def validate(item: Any) -> Parsed:
    """The event that a JSON value is, or what is wrong with it."""
    try:
        return IncomingEvent.model_validate(_trim(item))
    except ValidationError as error:
        return _translate(error)


def validate_known(fields: dict[str, Any]) -> Parsed:
    """The same of an object that we made, whose fields are ours."""
    try:
        known: IncomingEvent = _validator.validate_python(fields)
    except ValidationError as error:
        return _translate(error)
    return known


def _trim(item: Any) -> Any:
    """An item with only as many unknown fields as can be named as faults."""
    if not isinstance(item, dict):
        return item
    named = list(islice((name for name in item if name not in _FIELDS), MAX_FAULTS))
    return {name: _trim_inner(item[name]) for name in (*filter(item.__contains__, _FIELDS), *named)}


def _trim_inner(value: Any) -> Any:
    """An object within an event, cut to one member more than it may have: enough to be refused."""
    return dict(islice(value.items(), MAX_PROPERTIES + 1)) if isinstance(value, dict) else value


def _translate(error: ValidationError) -> InvalidInput:
    return InvalidInput("The event is not valid.", tuple(map(_fault, _details(error)[:MAX_FAULTS])))


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_input=False, include_url=False, include_context=False)


def _fault(detail: ErrorDetails) -> Fault:
    place = [str(part) for part in detail["loc"] if part != "[key]"]
    pointer = "".join("/" + part[:MAX_ECHOED_NAME].replace("~", "~0").replace("/", "~1") for part in place)
    field = place[0] if place else ""
    expected = _EXPECTED.get(f"{detail['type']}/{field}") or _EXPECTED.get(detail["type"])
    return Fault(expected or f"{detail['msg'].removeprefix('Value error, ')}.", pointer)
