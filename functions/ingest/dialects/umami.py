"""Umami: POST /api/send and /api/batch, of its script (versions 2 and 3) and servers."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from starlette.responses import Response

from common.derivation.page import MAX_URL_LENGTH
from common.errors import Fault, InvalidInput
from common.http import messages
from functions.ingest.dialects.form import Divided, Drop, Given, Item, Message, Outcome, find_body, refuse
from functions.ingest.dialects.values import read_name, read_page, read_props, read_revenue, read_text, read_user

USED = frozenset({
    "website", "hostname", "url", "referrer", "title", "language", "screen", "name", "data", "tag", "id", "ip",
    "userAgent", "timestamp",
})  # fmt: skip
"""Fields of a payload that have a place."""

DROPS = {
    "identify": "It says what a session is; events name their visitor themselves, in `id`.",
    "performance": "It measures how fast a page was; there is no figure for that.",
}
"""Types of requests that become no event, and why."""

EVENTS_NAME = ""
find_json = find_body

_ENCODED_TITLE = re.compile(r"(?=[^%]*%)(?:[A-Za-z0-9_.!~*'()-]|%[0-9A-F]{2})+")
"""A title as the script of version 2 sends it: encoded as a part of a URL."""
_TWICE = re.compile("%25(?=[0-9A-F]{2})")
"""In a path of that script, what was encoded already and is once more."""
_NOBODY = messages.answer({"cache": "", "sessionId": "", "visitId": ""})
"""Umami's script sends `cache` along with its next request, and needs nothing else."""


def divide(message: Message, content: Any) -> Divided:  # noqa: ARG001
    """One item, or those of a batch."""
    if isinstance(content, list):
        if not content:
            raise InvalidInput("The batch holds no event; send at least one.")
        return Divided(content, _read_one)
    return Divided([content], _read_one)


def _read_one(content: Any) -> Sequence[Item]:
    return (_read_item(content),)


def answer(message: Message, outcomes: Sequence[Outcome]) -> Response:
    """What Umami's script and servers read: JSON."""
    if message.body.lstrip().startswith(b"["):
        return _answer_batch(outcomes)
    if refusal := refuse(outcomes):
        return refusal
    return messages.answer({"beep": "boop"}) if outcomes[0].kind == "filtered" else _NOBODY


def _answer_batch(outcomes: Sequence[Outcome]) -> Response:
    wrong = [
        b'{"index":%d,"response":{"errors":%s}}' % (index, outcome.faults)
        for index, outcome in enumerate(outcomes)
        if outcome.error is not None
    ]
    done = {"size": len(outcomes), "processed": len(outcomes) - len(wrong), "errors": len(wrong)}
    return messages.answer({**done, "cache": ""}, arrays={"details": wrong})


def _read_item(content: Any) -> Item:
    payload = content.get("payload") if isinstance(content, dict) else None
    if not isinstance(payload, dict):
        return _wrong("Expected a JSON object with `type` and `payload`.", "")
    website = read_text(payload.get("website")) or ""
    kind = content.get("type", "event")
    if isinstance(kind, str) and kind in DROPS:
        return Drop(kind, DROPS[kind], website)
    if kind != "event":
        return _wrong(f"One of event, {', '.join(DROPS)}.", "/type")
    losses: list[Fault] = []
    event = _read_event(payload, losses)
    return Given(website, event, [name for name in payload if name not in USED], losses)


def _wrong(detail: str, pointer: str) -> Item:
    return Given("", {}, wrong=InvalidInput("The event is not valid.", (Fault(detail, pointer),)))


def _read_event(payload: Mapping[str, Any], losses: list[Fault]) -> dict[str, Any]:
    event: dict[str, Any] = _read_place(payload)
    if name := read_name(payload.get("name"), losses):
        event["event_type"] = name
    if isinstance(language := payload.get("language"), str):
        event["language"] = re.split("[,;]", language, maxsplit=1)[0].strip()  # a server may hand on Accept-Language
    for field in ("title", "language", "screen", "ip"):
        if value := payload.get(field):
            event.setdefault(field, value)
    if agent := payload.get("userAgent"):
        event["user_agent"] = agent
    if user := read_user(payload.get("id"), losses):
        event["user_id"] = user
    if (at := payload.get("timestamp")) is not None:
        event["timestamp"] = _read_time(at)
    return event | _read_data(payload, losses)


def _read_place(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Where it happened: the script of version 3 sends whole URLs, older ones and servers a path beside the host."""
    host = read_text(payload.get("hostname"))
    origin = f"https://{host}" if host and "/" not in host else ""
    place: dict[str, Any] = {}
    if url := read_text(payload.get("url")):
        place = read_page(_join(origin, url))
    if referrer := payload.get("referrer"):
        place["referrer"] = _join(origin, referrer) if isinstance(referrer, str) else referrer
    title = payload.get("title")
    if isinstance(title, str) and len(title) <= MAX_URL_LENGTH and _ENCODED_TITLE.fullmatch(title):
        place["title"] = unquote(title)
    return place


def _join(origin: str, address: str) -> str:
    if address.startswith("/") and not address.startswith("//"):
        address = address[: 3 * MAX_URL_LENGTH]  # encoded twice, it is three times as long at most
        return origin + _TWICE.sub("%", address)
    return address


def _read_data(payload: Mapping[str, Any], losses: list[Fault]) -> dict[str, Any]:
    data = payload.get("data")
    given = dict(data) if isinstance(data, dict) else {} if data is None else {"data": data}
    read: dict[str, Any] = {}
    if "revenue" in given and "currency" in given:
        earned = read_revenue(given["revenue"], given["currency"], losses)
        if earned is not None:
            read["revenue"] = earned
            given = {name: value for name, value in given.items() if name not in ("revenue", "currency")}
    if tag := read_text(payload.get("tag")):
        given = {"tag": tag, **given}
    if props := read_props(given, losses):
        read["props"] = props
    return read


def _read_time(given: Any) -> Any:
    """Seconds since 1970, as an RFC 3339 text; what can't be one is left for its refusal."""
    try:
        seconds = float(given)
        if math.isfinite(seconds):
            return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    return str(given)
