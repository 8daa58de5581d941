"""Plausible: POST /api/event, of its script (long and short names), its npm packages and servers."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import PlainTextResponse, Response

from common.errors import Fault, InvalidInput
from common.event import ENGAGEMENT, PAGE_VIEW
from functions.ingest.dialects.form import Divided, Given, Item, Message, Outcome, find_body, refuse
from functions.ingest.dialects.values import (
    clean,
    find_forwarded,
    read_name,
    read_page,
    read_props,
    read_revenue,
    read_text,
)

NAMES = {
    "name": ("n", "name"),
    "url": ("u", "url"),
    "domain": ("d", "domain"),
    "referrer": ("r", "referrer"),
    "props": ("p", "props", "m", "meta"),
    "revenue": ("$", "revenue"),
    "interactive": ("i", "interactive"),
    "hash": ("h", "hashMode"),
    "engaged": ("e",),
    "depth": ("sd",),
}
"""What clients of several years call each field; the first that is there counts."""
EVENTS = {
    "pageview": PAGE_VIEW,
    ENGAGEMENT: ENGAGEMENT,
    "Outbound Link: Click": "outbound_link",
    "File Download": "file_download",
    "Form: Submission": "form_submit",
}
"""Events of its script, by what the tracker of ours calls the same."""

EVENTS_NAME = ""
MAX_DOMAINS = 20
find_json = find_body
_COUNTED = PlainTextResponse("ok", 202, {"Cache-Control": "no-store"})
_SET_ASIDE = PlainTextResponse("ok", 202, {"Cache-Control": "no-store", "x-plausible-dropped": "1"})
_FIELDS = {name: field for field, names in NAMES.items() for name in names}
_UNKNOWN_PLACE = (Fault("Expected a JSON object."),)


def divide(message: Message, content: Any) -> Divided:
    """One event for each of its domains."""
    return Divided([content], lambda given: _read(given, message))


def _read(given: Any, message: Message) -> Sequence[Item]:
    if not isinstance(given, dict):
        raise InvalidInput("The body should be an event of Plausible's.", _UNKNOWN_PLACE)
    losses: list[Fault] = []
    found = _gather(given)
    event = _read_event(found, message, losses)
    unused = tuple(name for name in given if name not in _FIELDS)
    domains = found.get("domain", "")
    if not isinstance(domains, str):
        raise InvalidInput("The event is not valid.", (Fault("Expected a text.", "/domain"),))
    if "," not in domains:
        return [Given(_trim(domains) or _find_host(event.get("url", "")), event, unused, losses)]
    sites = dict.fromkeys(_trim(part) for part in domains.split(",", MAX_DOMAINS)[:MAX_DOMAINS])
    return [Given(site, event, unused, list(losses)) for site in sites if site]


def answer(message: Message, outcomes: Sequence[Outcome]) -> Response:  # noqa: ARG001
    """202 and "ok"; whether the event is set aside is told as Plausible tells it."""
    if refusal := refuse(outcomes):
        return refusal
    return _COUNTED if "stored" in [outcome.kind for outcome in outcomes] else _SET_ASIDE


def _gather(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values by field, of whatever version; of several names of a field the first one counts."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        field = _FIELDS.get(name)
        if field is not None and value is not None and (field not in found or name == NAMES[field][0]):
            found[field] = value
    return found


def _read_event(found: Mapping[str, Any], message: Message, losses: list[Fault]) -> dict[str, Any]:
    name, url = read_name(found.get("name"), losses), read_text(found.get("url"))
    if name is None:
        raise InvalidInput("The event is not valid.", (Fault('Expected what happened, such as "pageview".', "/name"),))
    if url is None or url[:5].lower() == "data:":
        raise InvalidInput("The event is not valid.", (Fault("Expected the page's URL.", "/url"),))
    page = read_page(_follow_hash(url) if found.get("hash") in (1, True, "1") else url)
    event: dict[str, Any] = {"event_type": EVENTS.get(name, name), **page}
    if referrer := found.get("referrer"):
        event["referrer"] = referrer
    if found.get("interactive") is False:
        event["interactive"] = False
    if (inner := found.get("props")) and (props := read_props(_read_object(inner, message), losses)):
        event["props"] = props
    if name == ENGAGEMENT:
        return event | _read_engagement(found)
    if revenue := _read_object(found.get("revenue"), message):
        earned = read_revenue(revenue.get("amount"), revenue.get("currency"), losses)
        if earned is not None:
            event["revenue"] = earned
    if message.shows_key:
        event |= _find_visitor(message)
    return event


def _read_engagement(found: Mapping[str, Any]) -> dict[str, Any]:
    """How long the page was looked at since the last report, and how much of it was seen so far."""
    engaged, depth = found.get("engaged"), found.get("depth")
    return {"engaged_ms": 0 if engaged is None else engaged} | ({} if depth is None else {"scroll_depth": depth})


def _read_object(value: Any, message: Message) -> Mapping[str, Any]:
    """An object, or a text that holds one as JSON; what is inner is none of Plausible's values."""
    if isinstance(value, str):
        try:
            value = message.parse_json(value.encode(errors="ignore"))
        except InvalidInput:
            return {}
    if not isinstance(value, dict):
        return {}
    return {name: inner for name, inner in value.items() if not isinstance(inner, list | dict)}


def _find_visitor(message: Message) -> dict[str, str]:
    """A server names its visitor in header fields. It shows a key of ours, and is believed if that is right."""
    forwarded = find_forwarded(message.headers.get("x-forwarded-for", ""))
    if not forwarded:
        return {}
    agent = message.headers.get("user-agent", "")
    return {"ip": forwarded} | ({"user_agent": agent} if agent else {})


def _follow_hash(url: str) -> str:
    """With hash routes, /app#/users is the page /app/users, as the tracker of ours has it."""
    before, _, fragment = url.partition("#")
    path, question, query = before.partition("?")
    route = fragment.partition("?")[0].removeprefix("!").strip("/")
    return f"{path.rstrip('/')}/{route}{question}{query}" if route else url


def _trim(domain: str) -> str:
    return clean(domain.strip().removeprefix("www."))


def _find_host(url: str) -> str:
    host = url.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2].partition(":")[0]
    return _trim(host.lower())
