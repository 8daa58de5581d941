"""Plausible: POST /api/event, of its script (long and short names), its npm packages and servers."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import PlainTextResponse, Response

from common.errors import Fault, InvalidInput
from common.event import ENGAGEMENT, PAGE_VIEW
from functions.ingest.dialects.form import Given, Item, Message, Outcome, refuse
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

MAX_DOMAINS = 20
_USED = frozenset(name for names in NAMES.values() for name in names)
_UNKNOWN_PLACE = (Fault("Expected a JSON object."),)


def read(message: Message) -> Sequence[Item]:
    """One event for each of its domains."""
    given = message.parse_json(message.body)
    if not isinstance(given, dict):
        raise InvalidInput("The body should be an event of Plausible's.", _UNKNOWN_PLACE)
    losses: list[Fault] = []
    event = _read_event(given, message, losses)
    unused = tuple(sorted(given.keys() - _USED))
    domains = _find(given, "domain") or ""
    if not isinstance(domains, str):
        raise InvalidInput("The event is not valid.", (Fault("Expected a text.", "/domain"),))
    sites = [name for name in (_trim(part) for part in domains.split(",")[:MAX_DOMAINS]) if name]
    sites = list(dict.fromkeys(sites)) or [_find_host(event.get("url", ""))]
    return [Given(site, dict(event), unused, list(losses)) for site in sites]


def answer(message: Message, outcomes: Sequence[Outcome]) -> Response:  # noqa: ARG001
    """202 and "ok"; whether the event is set aside is told as Plausible tells it."""
    if refusal := refuse(outcomes):
        return refusal
    is_counted = any(outcome.kind == "stored" for outcome in outcomes)
    return PlainTextResponse("ok", 202, {"Cache-Control": "no-store"} | ({} if is_counted else {_DROPPED: "1"}))


_DROPPED = "x-plausible-dropped"


def _find(given: Mapping[str, Any], field: str) -> Any:
    for name in NAMES[field]:
        if (value := given.get(name)) is not None:
            return value
    return None


def _read_event(given: Mapping[str, Any], message: Message, losses: list[Fault]) -> dict[str, Any]:
    name, url = read_name(_find(given, "name"), losses), read_text(_find(given, "url"))
    if name is None:
        raise InvalidInput("The event is not valid.", (Fault('Expected what happened, such as "pageview".', "/name"),))
    if url is None or url[:5].lower() == "data:":
        raise InvalidInput("The event is not valid.", (Fault("Expected the page's URL.", "/url"),))
    page = read_page(_follow_hash(url) if _find(given, "hash") in (1, True, "1") else url)
    event: dict[str, Any] = {"event_type": EVENTS.get(name, name), **page}
    if referrer := _find(given, "referrer"):
        event["referrer"] = referrer
    if _find(given, "interactive") is False:
        event["interactive"] = False
    if props := read_props(_read_object(_find(given, "props"), message), losses):
        event["props"] = props
    if name == ENGAGEMENT:
        return event | _read_engagement(given)
    revenue = _read_object(_find(given, "revenue"), message)
    if earned := read_revenue(revenue.get("amount"), revenue.get("currency"), losses):
        event["revenue"] = earned
    return event | _find_visitor(message)


def _read_engagement(given: Mapping[str, Any]) -> dict[str, Any]:
    """How long the page was looked at since the last report, and how much of it was seen so far."""
    engaged, depth = _find(given, "engaged"), _find(given, "depth")
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
    """A server names its visitor in header fields. It is believed if it shows a key."""
    forwarded = find_forwarded(message.headers.get("x-forwarded-for", "")) if message.shows_key else None
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
