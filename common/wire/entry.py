"""An entry of the stream: a batch of events on its way.

Its fields are `v` (version), `n` (how many), `data` (a JSON array of them), `g` (the stripe of their sites; older
entries have none), and `t` if requests of its events are traced: their traceparents (W3C), with spaces between. Who
does not know a field leaves it alone.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.placement import STRIPES, find_stripe
from common.wire.message_id import name_event

VERSION = b"1"
MAX_ENTRY_EVENTS = 1_000
MAX_ENTRY_BYTES = 1 << 20
MOST_TRACES = 8
"""Of one entry; further requests' traces end at ingest."""
_TRACEPARENT = rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01"
_TRACES = re.compile(rb"%s(?: %s){0,%d}" % (_TRACEPARENT, _TRACEPARENT, MOST_TRACES - 1))


@dataclass(frozen=True)
class Entry:
    """A batch of events on its way: `data` is a JSON array of `count` events.

    `message_id` is empty until the stream has given one: `<shard>:<stream id>`. `stripe`: that of its sites; None where
    they may be of several.
    """

    data: bytes
    count: int
    message_id: str = ""
    stripe: int | None = None
    traces: str = ""
    """The traceparents of those of its events' requests that are traced, with spaces between."""
    sites: frozenset[str] | None = None
    """Those of its events, where somebody has looked."""


def pack(events: Iterable[tuple[str, bytes]]) -> list[Entry]:
    """The fewest entries that hold these encoded events, each with its site, stripe by stripe and in order.

    None is over the limits.
    """
    stripes: dict[int, list[bytes]] = {}
    sites: dict[str, list[bytes]] = {}
    for site_id, event in events:
        if (stripe := sites.get(site_id)) is None:  # a site's stripe is found once, not for each of its events
            stripe = sites[site_id] = stripes.setdefault(find_stripe(site_id), [])
        stripe.append(event)
    return [entry for stripe, encoded in stripes.items() for entry in _pack(encoded, stripe)]


def _pack(events: Sequence[bytes], stripe: int) -> list[Entry]:
    if len(events) <= MAX_ENTRY_EVENTS and 2 + sum(map(len, events)) + len(events) <= MAX_ENTRY_BYTES:
        return [_join(events, stripe)]
    entries: list[Entry] = []
    chunk: list[bytes] = []
    size = 2
    for event in events:
        if chunk and (len(chunk) == MAX_ENTRY_EVENTS or size + len(event) + 1 > MAX_ENTRY_BYTES):
            entries.append(_join(chunk, stripe))
            chunk, size = [], 2
        chunk.append(event)
        size += len(event) + 1
    if chunk:
        entries.append(_join(chunk, stripe))
    return entries


def _join(events: Sequence[bytes], stripe: int) -> Entry:
    return Entry(b"[" + b",".join(events) + b"]", len(events), stripe=stripe)


def read_entry(message_id: str, fields: Mapping[bytes, bytes]) -> Entry:
    """A stream entry as it was read. One that we did not write has count 0, and all its fields as data.

    Somebody else may have written it: its count is within our limits or it is not ours.
    """
    data, count = fields.get(b"data"), fields.get(b"n", b"")
    is_count = re.fullmatch(rb"[0-9]{1,4}", count) is not None and int(count) <= MAX_ENTRY_EVENTS
    if fields.get(b"v") != VERSION or data is None or not is_count:
        raw = {_text(name): _text(value) for name, value in fields.items()}
        return Entry(json.dumps(raw).encode(), 0, message_id)
    return Entry(data, int(count), message_id, _read_stripe(fields.get(b"g", b"")), read_traces(fields.get(b"t", b"")))


def read_traces(traces: bytes) -> str:
    """The traceparents of a field; empty for what is none."""
    return traces.decode() if _TRACES.fullmatch(traces) else ""


def _read_stripe(stripe: bytes) -> int | None:
    return int(stripe) if re.fullmatch(rb"[0-9]", stripe) and int(stripe) < STRIPES else None


def _text(value: bytes) -> str:
    return value.decode(errors="backslashreplace")


def split(entry: Entry) -> list[Entry]:
    """Each event of an entry as an entry of its own, `<message id>/<index>`; what is not a batch is left as it is."""
    try:
        events = json.loads(entry.data)
        if not isinstance(events, list):
            return [entry]
        parts = [json.dumps([event], separators=(",", ":")).encode() for event in events]
    except (ValueError, RecursionError):
        return [entry]
    return [
        Entry(part, 1, name_event(entry.message_id, index), traces=entry.traces) for index, part in enumerate(parts)
    ]


def pick(entry: Entry, is_kept: Callable[[Any], bool]) -> list[Entry]:
    """The entry if all its events are kept, else those that are, as split() gives them: each keeps its place."""
    kept = [is_kept(event) for event in json.loads(entry.data)]
    return [entry] if all(kept) else [part for part, stays in zip(split(entry), kept, strict=True) if stays]


def name_site(part: Entry) -> str:
    """The site of an entry of one event; empty if it names none."""
    try:
        [event] = json.loads(part.data)
    except (ValueError, TypeError, RecursionError):
        return ""
    return find_site(event)


def find_site(item: Any) -> str:
    """The site that a JSON value names, fit for any store: at most 64 characters; empty if it names none."""
    site_id = item.get("site_id") if isinstance(item, dict) else None
    if not isinstance(site_id, str) or "\0" in site_id:
        return ""
    try:
        site_id.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return ""
    return site_id[:64]
