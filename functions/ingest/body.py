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
MAX_QUOTES = 50_000
"""Quotation marks of a body that becomes events in one step, which takes some 7 ms; of more each becomes one in
a turn of its own. Counting marks takes a tenth of a millisecond, whatever the body."""
MAX_LENIENT_PARTS = 60_000
"""Texts and commas of a body that is read a second time by Python's own reader, which takes 25 ms for so many."""

# stops at the first fault: describing every fault of a hostile body would take seconds
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
    try:
        if not _is_dense(body):
            return IncomingEvent.model_validate_json(body)
    except ValidationError:
        pass
    parsed = validate(parse_json(body))
    if isinstance(parsed, InvalidInput):
        raise parsed
    return parsed


class Items(NamedTuple):
    """The items of a body, and how each becomes an event: one by one, for many faulty ones take long."""

    raw: Sequence[Any]
    parse: Callable[[Any], Parsed]


def read_many(body: bytes, media_type: str) -> Items:
    """The events of POST /events. A text body that begins with `[` is an array; otherwise each line is an event."""
    is_array = media_type == "application/json" or (media_type == "text/plain" and body.lstrip().startswith(b"["))
    return read_array(body) if is_array else read_lines(body)


def read_any(body: bytes, media_type: str) -> Items:
    """The events of POST /event or of POST /events."""
    if media_type == "application/x-ndjson" or body.lstrip().startswith(b"["):
        return read_many(body, media_type)
    try:
        return Items([parse_event(body)], _keep)
    except NotJson:
        if media_type == "text/plain" and b"\n" in body.strip():
            return read_lines(body)
        raise
    except InvalidInput as error:
        detach(error)
        return Items([error], _keep)


def read_array(body: bytes) -> Items:
    """The items of a JSON array; raises NotJson for a broken array, InvalidInput for anything but an array."""
    try:
        if not _is_dense(body):
            return Items(_bounded(list(_array.validate_json(body))), _keep)
    except ValidationError:
        pass
    items = parse_json(body)
    if not isinstance(items, list):
        raise InvalidInput("The body should be a JSON array of events.", (Fault("Expected a JSON array."),))
    return Items(_bounded(items), validate)


def read_lines(body: bytes) -> Items:
    """The items of newline-delimited JSON; a broken line is one faulty item. Blank lines are skipped."""
    return Items(_bounded([found[0] for found in islice(_LINE.finditer(body), MAX_EVENTS + 1)]), _parse_line)


def _keep(parsed: Parsed) -> Parsed:
    return parsed


def _parse_line(line: bytes) -> Parsed:
    try:
        return parse_event(line.removeprefix(codecs.BOM_UTF8))  # files were joined that begin with one
    except InvalidInput as error:
        detach(error)
        return error


def _bounded(items: list[Any]) -> list[Any]:
    if len(items) > MAX_EVENTS:
        raise TooLarge(f"A request may hold at most {MAX_EVENTS} events; this one has more.")
    if not items:
        raise InvalidInput("The body holds no event; send at least one.")
    return items


def _is_dense(body: bytes) -> bool:
    return body.count(b'"') > MAX_QUOTES


def parse_json(body: bytes) -> Any:
    """The JSON value of a body, read leniently if need be. Raises NotJson."""
    try:
        return from_json(body)
    except ValueError:
        return _parse_leniently(body)


def _parse_leniently(body: bytes) -> Any:
    """JSON of which a string may be at fault (a lone surrogate), so that its neighbours are unharmed."""
    if body.count(b'"') // 2 + body.count(b",") > MAX_LENIENT_PARTS:
        raise NotJson("The body is not valid JSON in UTF-8; a lone surrogate, such as \\ud800, is no text.")
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


def validate(item: Any) -> Parsed:
    """The event that a JSON value is, or what is wrong with it."""
    try:
        return IncomingEvent.model_validate(_trim(item))
    except ValidationError as error:
        return _translate(error)


def validate_known(fields: dict[str, Any]) -> Parsed:
    """The same of an object that we made, whose fields are ours."""
    try:
        return IncomingEvent.model_validate(fields)
    except ValidationError as error:
        return _translate(error)


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
