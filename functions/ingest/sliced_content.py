"""Large bodies of other trackers' clients, read in slices: an array of events, or an object that has one.

What is read is what one step would give, for a slice ends where the text of an item does (see functions.ingest.slices).
The one difference: an item that has too many parts is a fault in its place, and costs none of its neighbours.
"""

import re
import secrets
from collections.abc import Sequence
from typing import Any

from common.errors import Fault, InvalidInput, NotJson, TooLarge
from common.incoming_event import MAX_BODY_BYTES, MAX_EVENTS
from functions.ingest import body
from functions.ingest.body import MUCH_BYTES
from functions.ingest.many_parts import read_json, too_many_parts
from functions.ingest.slices import SlicedArray
from functions.ingest.turns import Turns

_OBJECTS = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*[{\"]")
_TEXTS = re.compile(rb'"[ \t\r\n]*,[ \t\r\n]*[{"]')
_LAST = secrets.token_hex(16)
"""The name under which the last items are read with the members that follow them: nobody else can use it."""
_ARRAY = rb'"%s"[ \t\r\n]*:[ \t\r\n]*\['


async def read_content(turns: Turns, text: bytes, name: str) -> Any:
    """The JSON value of a body, in turns. `name`: of the member that has the events, where it is an object.

    An item may be InvalidInput, or bytes that are to be read. Raises as read_json does.
    """
    if len(text) < MUCH_BYTES:
        return read_json(text)
    sliced = SlicedContent.find(text, name)
    if sliced is None:
        return await turns.read(lambda whole, _: read_json(whole), text, "")
    await turns.repeat(sliced.read, sliced.is_read)
    return sliced.value


def read_item(item: bytes) -> Any:
    """An item that was left as bytes, or what is wrong with it."""
    try:
        return read_json(item)
    except NotJson:
        return InvalidInput("The event is not valid.", (Fault("Expected a JSON object."),))


class SlicedContent(SlicedArray):
    """The value of a body that has an array of objects, or of texts: `read` it until it `is_read`."""

    def __init__(self, text: bytes, name: str, before: dict[str, Any] | None) -> None:
        """`text`: what follows the array's bracket, to the end. `before`: the members that precede it, of an object."""
        self._begin(text)
        self._name = name
        self._before = before
        self.value: Any = None
        """What is read, when it is."""

    @classmethod
    def find(cls, text: bytes, name: str) -> "SlicedContent | None":
        """None: no array is where it should be, and the body is to be read at once, if it is no more than an event."""
        text = text.strip()
        if text.startswith(b"["):
            return cls(text[1:], name, None)
        found = re.search(_ARRAY % name.encode(), text) if name else None
        if found is None or body.is_too_much(before := text[: found.end()] + b"]}"):
            return None
        try:
            members = body.parse_json(before)
        except NotJson:
            return None  # an inner object has a member of this name
        return cls(text[found.end() :], name, members) if isinstance(members, dict) else None

    def read(self) -> None:
        """See SlicedArray."""
        if self._reach > MAX_BODY_BYTES:
            raise too_many_parts()
        super().read()

    def _check(self) -> None:
        if len(self.items) > MAX_EVENTS:
            raise TooLarge(body.TOO_MANY)

    def _find_boundary(self) -> re.Pattern[bytes]:
        following = self._text[self._start : self._start + 1_000].lstrip()
        return _TEXTS if following.startswith(b'"') else _OBJECTS

    def _parse(self, text: bytes) -> list[Any] | None:
        try:
            value = body.parse_json(text)
        except NotJson:
            return None
        return value if isinstance(value, list) else None

    def _read_last(self, part: bytes) -> Sequence[Any]:
        """The last items, and what follows the array."""
        if body.is_too_much(part):
            raise too_many_parts()
        value = body.parse_json((b"[" if self._before is None else b'{"%s":[' % _LAST.encode()) + part)
        if self._before is None:
            self.value = self.items
            return list(value)
        items: list[Any] = value.pop(_LAST)
        self.value = {**self._before, self._name: self.items, **value}
        return items
