"""Large JSON arrays, read in slices of some events: none takes long, whatever is in it.

A slice ends where an object ends and the next begins. That may be within a text. Then the slice is no JSON, and what
follows is read with it: an object that can be read as a whole is one, for none begins with another.
"""

import re
from collections.abc import Sequence
from typing import Any

from common.errors import NotJson
from common.incoming_event import MAX_EVENTS
from functions.ingest import body
from functions.ingest.body import Parsed
from functions.ingest.turns import LARGE_BYTES, Turns

SLICE_BYTES = 32 << 10
STEP_BYTES = 512
"""By how much longer a slice is that is read once more; by twice as much each further time."""
SEARCHED_BYTES = 64 << 10
"""How far a step looks for the end of a slice: a megabyte of closing brackets takes ten milliseconds."""
_BOUNDARY = re.compile(rb"\}[ \t\r\n]*,[ \t\r\n]*\{")


async def read_events(turns: Turns, read: body.Read, content: bytes, media_type: str) -> list[Parsed]:
    """The events of a body, in turns. `read`: read_many or read_any of functions.ingest.body; raises as they do."""
    if len(content) < LARGE_BYTES or not body.is_array(content, media_type):
        items = await turns.read(read, content, media_type)
        return list(items.raw) if items.parse is body.keep else await turns.map(items.parse, items.raw)
    array = SlicedArray(content)
    await turns.repeat(array.read, array.is_read)
    return await turns.map(body.finish, array.items)


class SlicedArray:
    """A JSON array of objects: `read` it until it `is_read`."""

    def __init__(self, content: bytes) -> None:
        """Raises NotJson or InvalidInput for what is no array."""
        text = content.strip()
        if not text.startswith(b"["):
            raise body.not_an_array()
        if not text.endswith(b"]"):
            raise NotJson("The body is not valid JSON: its array does not end.")
        self._text = text[1:-1]
        self._start = self._tries = 0
        self._reach = SLICE_BYTES
        self.items: list[Any] = []
        """Events, objects that are none yet, and faults."""

    def is_read(self) -> bool:
        """Whether all items are there."""
        return self._start > len(self._text)

    def read(self) -> None:
        """Read a slice, or try to: where it ends in a text, the next call reads a longer one.

        Raises NotJson, TooLarge for too many events, and InvalidInput for none, or for what would take long.
        """
        reached = self._start + self._reach
        found = _BOUNDARY.search(self._text, reached, reached + SEARCHED_BYTES)
        if not found and reached + SEARCHED_BYTES < len(self._text):
            self._reach += SEARCHED_BYTES
            return
        end, after = (found.start() + 1, found.end() - 1) if found else (len(self._text), len(self._text) + 1)
        items = self._read_slice(self._text[self._start : end])
        if items is None:
            if not found:
                raise NotJson("The body is not valid JSON; send a JSON text in UTF-8.")
            self._reach = end - self._start + (STEP_BYTES << self._tries)
            self._tries += 1
            return
        self.items += items
        self._start, self._reach, self._tries = after, SLICE_BYTES, 0
        if self.is_read() or len(self.items) > MAX_EVENTS:
            body.bounded(self.items)

    def _read_slice(self, part: bytes) -> Sequence[Any] | None:
        """Its items; None: it is no JSON, as far as it goes."""
        if not body.is_too_much(part):
            return body.parse_items(b"[" + part + b"]")
        start = 0
        for found in _BOUNDARY.finditer(part, 0, SLICE_BYTES):
            start = found.end() - 1
        # what is too much is the event at the end: all that precedes it is short
        first, last = part[: part.rindex(b",", 0, start)] if start else b"", part[start:]
        items = body.parse_items(b"[" + first + b"]")
        return None if items is None else [*items, body.too_much() if body.is_too_much(last) else last]
