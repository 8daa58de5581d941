"""GoatCounter: GET and POST /count of its script, and POST /api/v0/count of its API."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from starlette.responses import Response

from common.errors import Fault, InvalidInput
from common.http import messages
from functions.ingest.dialects.bodies import read_fields
from functions.ingest.dialects.form import GIF, Divided, Drop, Given, Item, Message, Outcome
from functions.ingest.dialects.values import clean, derive_id, read_name, read_text, read_user

SCRIPT_USED = frozenset({"p", "r", "t", "e", "s", "q", "b", "site"})
"""Fields of the script's query that have a place."""
HIT_USED = frozenset({
    "path", "title", "event", "ref", "size", "query", "bot", "user_agent", "location", "language", "ip", "created_at",
    "session", "host",
})  # fmt: skip
"""Fields of a hit of the API that have a place."""

BOT = Drop("bot", "Its sender says that a program drives this browser.")
PREFETCH = Drop("prefetch", "The browser fetches the page in advance; nobody has seen it yet.")
EVENTS_NAME = "hits"
COUNT, API = "/count", "/api/v0/count"

_FIELDS = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "cross-origin"}
_COUNTED = Response(GIF, 200, _FIELDS, media_type="image/gif")
_PREFETCHES = ("x-moz", "x-purpose", "purpose", "sec-purpose")
_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def find_json(message: Message) -> bytes | None:
    """The body of a request of the API."""
    return message.body if message.body.lstrip().startswith(b"{") else None


def divide(message: Message, content: Any) -> Divided:
    """The one hit of the script, or those of the API."""
    if message.body.lstrip().startswith(b"{"):
        return _open_hits(message, content)
    return Divided([message], lambda one: (_read_script(one),))


def _read_script(message: Message) -> Item:
    fields = read_fields(message.query.replace("?", "&"))  # the script appends its query to an endpoint with one
    if not fields.keys() - {"site"} and message.body:
        fields |= read_fields(message.body.decode(errors="replace"))
    if _is_prefetched(message.headers):
        return PREFETCH
    if fields.get("b", "0") not in ("", "0"):
        return BOT
    return _read_count(fields, message)


def answer(message: Message, outcomes: Sequence[Outcome]) -> Response:
    """A pixel for the script, JSON for the API."""
    if message.body.lstrip().startswith(b"{"):
        return _answer_api(outcomes)
    outcome = outcomes[0]
    if outcome.error is not None:
        [*_, last] = messages.describe_error(outcome.error)
        return Response(GIF, 400, _FIELDS | {"X-Goatcounter": _say(last["detail"])}, media_type="image/gif")
    if outcome.kind != "stored":
        return Response(GIF, 202, _FIELDS | {"X-Goatcounter": f"ignored: {outcome.kind}"}, media_type="image/gif")
    return _COUNTED


def _say(detail: str) -> str:
    return detail.encode("ascii", "replace").decode()[:200]


def _answer_api(outcomes: Sequence[Outcome]) -> Response:
    errors = {
        str(index): " ".join(fault["detail"] for fault in messages.describe_error(outcome.error))
        for index, outcome in enumerate(outcomes)
        if outcome.error is not None
    }
    if errors:
        return messages.answer({"errors": errors}, 400)
    set_aside = [str(index) for index, outcome in enumerate(outcomes) if outcome.kind != "stored"]
    response = messages.answer({"status": "ok"}, 202)
    return messages.with_headers(response, {"X-Goatcounter-Filter": ", ".join(set_aside)} if set_aside else {})


def _is_number(value: Any) -> bool:
    """Whether it can be rounded."""
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _is_prefetched(headers: Mapping[str, str]) -> bool:
    said = [value for name in _PREFETCHES if (value := headers.get(name))]
    return bool(said) and (
        any("prefetch" in value.lower() for value in said) or "preview" in headers.get("x-purpose", "")
    )


def _find_site(given: str, message: Message) -> str:
    """The site that the endpoint names, in its query or as its last segment; else ingest's own host name."""
    if given:
        return given
    path = message.path.rstrip("/")
    for base in (API, COUNT):
        _, found, segment = path.partition(f"{base}/")
        if found:
            return unquote(segment)
    return message.headers.get("host", "").rpartition("@")[2].partition(":")[0].lower()


def _read_count(fields: Mapping[str, str], message: Message) -> Item:
    losses: list[Fault] = []
    unused = set(fields.keys() - SCRIPT_USED)
    origin = message.headers.get("origin") or message.headers.get("referer", "")
    path, referrer, query, widths = (fields.get(name, "") for name in "prqs")
    event = _read_hit(path, fields.get("e", "") in ("true", "1"), referrer, query, origin, losses)
    sizes = widths.split(",")
    if title := fields.get("t"):
        event["title"] = title
    if len(sizes) > 1:
        event["screen"] = f"{sizes[0].strip()}x{sizes[1].strip()}"
    elif widths:
        unused.add("s")
    return Given(_find_site(fields.get("site", ""), message), event, sorted(unused), losses)


def _read_hit(path: str, is_event: bool, referrer: str, query: str, origin: str, losses: list[Fault]) -> dict[str, Any]:
    """Where it happened, what, and where its visitor came from."""
    event: dict[str, Any] = {}
    if is_event:
        event["event_type"] = read_name(path, losses)
    elif path:
        event["path"] = path if path.startswith("/") else f"/{path}"
    campaign = query.removeprefix("?")
    if referrer and _ABSOLUTE.match(referrer):
        event["referrer"] = referrer
    elif referrer and "utm_source=" not in campaign:
        campaign += f"&utm_source={quote(clean(referrer))}"  # a text: the name of a campaign
    if not is_event and campaign and path:
        event["path"] += ("&" if "?" in path else "?") + campaign.lstrip("&")
    host = _find_origin(origin)
    if host and event.get("path"):
        event["url"] = host + event.pop("path")
    return event


def _find_origin(page: str) -> str:
    """The scheme and host of the page that sent it."""
    found = re.match(r"https?://[^/?#]+", page, re.IGNORECASE)
    return found[0] if found else ""


def _open_hits(message: Message, content: Any) -> Divided:
    hits = content.get("hits") if isinstance(content, dict) else None
    if not isinstance(hits, list) or not hits:
        raise InvalidInput("The body should be hits of GoatCounter's.", (Fault("Expected a JSON array.", "/hits"),))
    beside = content.keys() - {"hits"}
    site = _find_site(read_fields(message.query).get("site", ""), message)
    seen: dict[str, int] = {}
    return Divided(hits, lambda hit: (_read_api_hit(hit, site, seen, beside),))


def _read_api_hit(hit: Any, site: str, seen: dict[str, int], beside: Collection[str]) -> Item:
    if not isinstance(hit, dict):
        return Given(site, {}, wrong=InvalidInput("The hit is not valid.", (Fault("Expected a JSON object."),)))
    if hit.get("bot"):
        return BOT._replace(external_id=site)
    losses: list[Fault] = []
    host = read_text(hit.get("host"))
    texts = [read_text(hit.get(name)) or "" for name in ("path", "ref", "query")]
    event = _read_hit(texts[0], hit.get("event") is True, texts[1], texts[2], f"https://{host}" if host else "", losses)
    for name in ("title", "language", "ip", "user_agent"):
        if value := hit.get(name):
            event[name] = value
    if country := read_text(hit.get("location")):
        event["country"] = country[:2]
    if user := read_user(hit.get("session"), losses):
        event["user_id"] = user
    unused = {*beside, *hit.keys() - HIT_USED}
    size = hit.get("size")
    if isinstance(size, list) and len(size) > 1 and all(map(_is_number, size[:2])):
        event["screen"] = f"{round(size[0])}x{round(size[1])}"
    elif size:
        unused.add("size")
    if at := hit.get("created_at"):
        event |= {"timestamp": at, "event_id": derive_id([site, hit], seen)}
    return Given(site, event, sorted(unused), losses)
