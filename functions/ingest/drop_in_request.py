"""A request of another tracker's client is read: its body, its dialect, its sites, its events."""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.requests import Request

from common.errors import InvalidInput, TooLarge
from common.http import messages
from common.incoming_event import MAX_BODY_BYTES, MAX_EVENTS
from functions.ingest import body
from functions.ingest.body import MUCH_BYTES, TOO_MANY
from functions.ingest.dialects.bodies import Inflation, is_compressed
from functions.ingest.dialects.form import Dialect, Divided, Drop, Given, Item, Message
from functions.ingest.dialects.paths import load_dialect
from functions.ingest.intake import Intake
from functions.ingest.many_parts import read_json
from functions.ingest.sites.judgement import Sites
from functions.ingest.sliced_content import read_content
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
    if len(content) < LARGE_BYTES and not is_compressed(content, encoding):
        return await _read(request, name, intake, turns, content, query)
    async with turns.alone():
        if is_compressed(content, encoding):
            content = await _decompress(turns, content, encoding)
        return await _read(request, name, intake, turns, content, query)


async def _read(
    request: Request, name: str, intake: Intake, turns: Turns, content: bytes, query: str | None
) -> Reading:
    """The events of a request. Of its body the message keeps the beginning, by which a dialect knows its clients."""
    if query is None:
        query = request.scope["query_string"].decode("latin-1")
    path: str = request.scope["path"]
    message = Message(request.method, path, query, request.headers, content, read_json)
    dialect = load_dialect(name)
    text = dialect.find_json(message)
    value = None
    if text is not None:
        if is_compressed(text, ""):
            text = await _decompress(turns, text, "")
        value = read_json(text) if len(text) < MUCH_BYTES else await read_content(turns, text, dialect.EVENTS_NAME)
        if len(content) > MUCH_BYTES:
            message = message._replace(body=content.lstrip()[:MUCH_BYTES])
    divided = dialect.divide(message, value)
    reader = PartReader(name, divided, await intake.find_sites())
    if len(divided.parts) == 1:
        reader.read(0)  # most requests are of one event
    else:
        await turns.map(reader.read, range(len(divided.parts)))
    if len(reader.items) > MAX_EVENTS:
        raise TooLarge(TOO_MANY)
    return Reading(dialect, message, reader.items, reader.parsed, reader.sites)


async def _decompress(turns: Turns, content: bytes, encoding: str) -> bytes:
    inflation = Inflation(content, encoding)
    await turns.repeat(inflation.inflate, inflation.is_done)
    return inflation.whole()


class PartReader:
    """Reads a request part by part, so that none takes long."""

    def __init__(self, dialect: str, divided: Divided, sites: Sites) -> None:
        self._dialect = dialect
        self._parts, self._read = divided
        self._known = sites
        self.items: list[Item] = []
        self.parsed: list[body.Parsed | None] = []
        self.sites: list[str] = []

    def read(self, index: int) -> None:
        """Read one part, and let it go: to free all parts of a large body at once would take as long as many turns."""
        part, self._parts[index] = self._parts[index], None
        items = (Given("", {}, wrong=part),) if isinstance(part, InvalidInput) else self._read(part)
        for item in items:
            # of an id that stands for no site, UNKNOWN_SITES says what becomes of it
            site_id = self._known.resolve_alias(self._dialect, item.external_id) or item.external_id
            self.items.append(item)
            self.sites.append(site_id)
            self.parsed.append(_parse(item, site_id))


def _parse(item: Item, site_id: str) -> body.Parsed | None:
    if isinstance(item, Drop):
        return None
    return item.wrong or body.validate_known({"site_id": site_id, **item.event})
