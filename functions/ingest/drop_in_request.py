"""A request of another tracker's client is read: its body, its dialect, its sites, its events."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import NamedTuple

from starlette.requests import Request

from common.errors import TooLarge
from common.http import messages
from common.incoming_event import MAX_BODY_BYTES, MAX_EVENTS
from functions.ingest import body
from functions.ingest.body import MUCH_BYTES
from functions.ingest.dialects.bodies import decompress
from functions.ingest.dialects.form import Dialect, Drop, Item, Message
from functions.ingest.dialects.paths import load_dialect
from functions.ingest.intake import Intake
from functions.ingest.many_parts import read_json
from functions.ingest.sites.judgement import Sites
from functions.ingest.turns import LARGE_BYTES, Turns


class Reading(NamedTuple):
    """A request of another tracker's client, and the events in it, item by item."""

    dialect: Dialect
    message: Message
    items: Sequence[Item]
    parsed: Sequence[body.Parsed | None]
    """None: the item is a drop."""
    sites: Sequence[str]

    @property
    def events(self) -> list[body.Parsed]:
        """What is wanted to be stored."""
        return [event for event in self.parsed if event is not None]


async def read_request(request: Request, name: str, intake: Intake, turns: Turns, query: str | None = None) -> Reading:
    """Read a request. `query`: in place of its own. Raises InvalidInput where its dialect can't tell what it is."""
    content = await messages.read_body(request, MAX_BODY_BYTES) if request.method == "POST" else b""
    encoding = request.headers.get("content-encoding", "")
    is_small = len(content) < LARGE_BYTES and not encoding and not content.startswith(b"\x1f\x8b")
    async with nullcontext() if is_small else turns.alone():
        dialect, message, items = await _read_items(request, name, turns, content, encoding, query)
    if len(items) > MAX_EVENTS:
        raise TooLarge(f"A request may hold at most {MAX_EVENTS} events; this one has more.")
    known = await intake.find_sites()
    sites = [_find_site(known, name, item.external_id) for item in items]
    if len(items) == 1:
        return Reading(dialect, message, items, [_parse((items[0], sites[0]))], sites)
    events: list[tuple[Item, str]] = list(zip(items, sites, strict=True))
    return Reading(dialect, message, items, await turns.map(_parse, events), sites)


async def _read_items(
    request: Request, name: str, turns: Turns, content: bytes, encoding: str, query: str | None
) -> tuple[Dialect, Message, Sequence[Item]]:
    """The items of a request. Of its body the message keeps the beginning, by which a dialect knows its clients."""
    if encoding or content.startswith(b"\x1f\x8b"):
        content = await turns.read(decompress, content, encoding)
    if query is None:
        query = request.scope["query_string"].decode("latin-1")
    path: str = request.scope["path"]
    message = Message(request.method, path, query, request.headers, content, read_json)
    dialect = load_dialect(name)
    if len(content) < LARGE_BYTES:
        items = dialect.read(message)
    else:
        items = await turns.read(lambda _, __: dialect.read(message), content, "")
        message = message._replace(body=content.lstrip()[:MUCH_BYTES])
    return dialect, message, items


def _find_site(known: Sites, dialect: str, external_id: str) -> str:
    """The site that an id stands for; else the id is the site's own, and UNKNOWN_SITES says what becomes of it."""
    return known.resolve_alias(dialect, external_id) or external_id


def _parse(item: tuple[Item, str]) -> body.Parsed | None:
    given, site_id = item
    if isinstance(given, Drop):
        return None
    return given.wrong or body.validate_known({"site_id": site_id, **given.event})
