"""Large bodies of other trackers' clients, read in slices: an array of events, or an object that has one.

What is read is what one step would give, for a slice ends where an item does: brackets outside of texts are counted.
The one difference: an item that has too many parts is a fault in its place, and costs none of its neighbours.
"""

import re
import secrets
from itertools import islice
from typing import Any

from common.errors import NotJson, TooLarge
from common.incoming_event import MAX_BODY_BYTES, MAX_EVENTS
from functions.ingest import body
from functions.ingest.body import MUCH_BYTES
from functions.ingest.many_parts import read_json, too_many_parts
from functions.ingest.slices import SEARCHED_BYTES, SLICE_BYTES
from functions.ingest.turns import Turns

_BOUNDARY = re.compile(rb'[}"][ \t\r\n]*,[ \t\r\n]*[{"]')
"""Where an item may end and the next begin: objects, or texts."""
MAX_LOOKS = 1_000
"""Such places that a step looks at."""
_LAST = secrets.token_hex(16)
"""The name under which the last items are read with the members that follow them: nobody else can use it."""
_ARRAY = rb'"%s"[ \t\r\n]*:[ \t\r\n]*\['


async def read_content(turns: Turns, text: bytes, name: str) -> Any:
    """The JSON value of a body, in turns. `name`: of the member that has the events, where it is an object.

    An item may be InvalidInput. Raises as read_json does.
    """
    if len(text) < MUCH_BYTES:
        return read_json(text)
    sliced = SlicedContent.find(text, name)
    if sliced is None:
        return await turns.read(lambda whole, _: read_json(whole), text, "")
    await turns.repeat(sliced.read, sliced.is_read)
    return sliced.value


class SlicedContent:
    """The value of a body that has an array of objects, or of texts: `read` it until it `is_read`."""

    def __init__(self, text: bytes, name: str, before: dict[str, Any] | None) -> None:
        """`text`: what follows the array's bracket, to the end. `before`: the members that precede it, of an object."""
        self._text = text
        self._name = name
        self._before = before
        self._least = SLICE_BYTES
        self._items: list[Any] = []
        self._begin_slice(0)
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

    def is_read(self) -> bool:
        """Whether all is there."""
        return self._start > len(self._text)

    def read(self) -> None:
        """Look for the end of a slice, or read it. Raises NotJson, TooLarge, InvalidInput for what would take long."""
        if self._end is None:
            self._look()
            return
        part, is_last = self._text[self._start : self._end], self._end == len(self._text)
        if len(part) > MAX_BODY_BYTES or body.is_too_much(part):
            if self._least:
                self._least = 0  # one by one: the neighbours of what has too many parts are unharmed
                self._begin_slice(self._start)
                return
            if is_last:
                raise too_many_parts()
            self._items.append(body.too_much())
            self._least = SLICE_BYTES
        else:
            self._items += self._read_last(part) if is_last else body.parse_json(b"[" + part + b"]")
        if len(self._items) > MAX_EVENTS:
            raise TooLarge(body.TOO_MANY)
        self._begin_slice(self._next)

    def _begin_slice(self, start: int) -> None:
        self._start = self._followed = start
        self._looked = start + self._least
        self._depth = 0
        self._is_in_text = False
        self._end: int | None = None
        self._next = len(self._text) + 1

    def _look(self) -> None:
        """Find where a slice ends: between two items of the array, not within one."""
        until = self._looked + SEARCHED_BYTES
        looks = 0
        for found in islice(_BOUNDARY.finditer(self._text, self._looked, until), MAX_LOOKS):
            looks += 1
            self._follow(found.start() + 1)
            if not self._depth and not self._is_in_text:
                self._end, self._next = found.start() + 1, found.end() - 1
                return
        self._looked = self._followed if looks == MAX_LOOKS else until
        if self._looked >= len(self._text):
            self._end = len(self._text)

    def _follow(self, end: int) -> None:
        """Count the brackets up to there, outside of texts."""
        piece, self._followed = self._text[self._followed : end], end
        if b"\\" in piece:
            piece = piece.replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = piece.split(b'"')
        bare = b"".join(parts[self._is_in_text :: 2])
        self._depth += bare.count(b"{") + bare.count(b"[") - bare.count(b"}") - bare.count(b"]")
        self._is_in_text ^= len(parts) % 2 == 0

    def _read_last(self, part: bytes) -> list[Any]:
        """The last items, and what follows the array."""
        if self._before is None:
            self.value = self._items
            items: list[Any] = body.parse_json(b"[" + part)
            return items
        value = body.parse_json(b'{"%s":[' % _LAST.encode() + part)
        items = value.pop(_LAST)
        self.value = {**self._before, self._name: self._items, **value}
        return items
