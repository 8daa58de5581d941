"""OpenPanel: POST /track of its script and its SDKs."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from common.errors import Fault, InvalidInput
from common.event import PAGE_VIEW
from common.http import messages
from functions.ingest.dialects.clicks import describe_click
from functions.ingest.dialects.form import NO_PARTS, Divided, Drop, Given, Item, Message, Outcome, refuse
from functions.ingest.dialects.values import (
    derive_id,
    read_name,
    read_page,
    read_props,
    read_revenue,
    read_text,
    read_user,
)
from functions.ingest.dialects.visitors import is_browser, read_time

_PERSON = "It says who a person is; events name theirs themselves, as `profileId`."
_GROUP = "It describes a group; events name theirs themselves, in `groups`."
DROPS = {
    **dict.fromkeys(("identify", "alias", "increment", "decrement"), _PERSON),
    **dict.fromkeys(("group", "assign_group"), _GROUP),
    "replay": "It is a part of a recording; there are none here.",
}
"""Types of requests that become no event, and why."""

PAYLOAD_USED = frozenset({"name", "properties", "profileId", "groups"})
"""Fields of a payload that have a place."""

USED = frozenset({
    "__path", "__title", "__referrer", "__timestamp", "__ip", "__deviceId", "__revenue", "currency", "href",
})  # fmt: skip
"""Properties that have a place, beside those that a site makes up."""

EVENTS_NAME = ""
_NOBODY = messages.answer({"deviceId": "", "sessionId": ""})
"""Its clients take for a failure what is no JSON. Without a session they record nothing."""
_ASKS = "/device-id"


def find_json(message: Message) -> bytes | None:
    """None of a request that asks for its device."""
    return None if message.path.rstrip("/").endswith(_ASKS) else message.body


def divide(message: Message, content: Any) -> Divided:
    """The one event of a request; none of one that asks for its device."""
    if message.path.rstrip("/").endswith(_ASKS):
        return NO_PARTS
    return Divided([content], lambda given: (_read(given, message),))


def _read(content: Any, message: Message) -> Item:
    payload = content.get("payload") if isinstance(content, dict) else None
    site = message.headers.get("openpanel-client-id", "")
    if not isinstance(payload, dict):
        fault = Fault("Expected a JSON object with `type` and `payload`.")
        raise InvalidInput("The body should be a request of OpenPanel's.", (fault,))
    kind = content.get("type")
    if isinstance(kind, str) and kind in DROPS:
        return Drop(kind, DROPS[kind], site)
    name = read_text(payload.get("name"))
    if kind != "track" or name is None:
        fault = Fault(f"Expected track with the event's `name`, or one of {', '.join(DROPS)}.", "/type")
        raise InvalidInput("The request is not valid.", (fault,))
    return _read_track(name, payload, site, from_browser=is_browser(message.headers))


def answer(message: Message, outcomes: Sequence[Outcome]) -> Response:  # noqa: ARG001
    """200 in JSON."""
    return refuse(outcomes) or _NOBODY


def _read_track(name: str, payload: Mapping[str, Any], site: str, *, from_browser: bool) -> Item:
    losses: list[Fault] = []
    given = payload.get("properties")
    properties: Mapping[str, Any] = given if isinstance(given, dict) else {}
    event = _read_place(properties)
    own = {key: value for key, value in properties.items() if key not in USED and not key.startswith("__")}
    if name == "screen_view":
        event["event_type"] = PAGE_VIEW
    elif name == "link_out":
        event["event_type"], link = _read_link(properties)
        own |= link
    else:
        event["event_type"] = read_name(name, losses)
    if name != "link_out" and "href" in properties:
        own["href"] = properties["href"]
    event |= _read_revenue(properties, own, losses)
    groups = payload.get("groups")
    if isinstance(groups, list) and groups:
        own["groups"] = ",".join(text for one in groups if (text := read_text(one)))
    if props := read_props(own, losses):
        event["props"] = props
    if user := payload.get("profileId") or (None if from_browser else properties.get("__deviceId")):
        event["user_id"] = read_user(user, losses)
    if at := properties.get("__timestamp"):
        event |= {"timestamp": read_time(at), "event_id": derive_id(dict(payload), {})}
    unused = [key for key in payload if key not in PAYLOAD_USED]
    unused += [key for key in properties if key.startswith("__") and key not in USED]
    return Given(site, event, unused, losses)


def _read_place(properties: Mapping[str, Any]) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if path := read_text(properties.get("__path")):
        place = dict(read_page(path))
    for name, given in (("title", "__title"), ("referrer", "__referrer"), ("ip", "__ip")):
        if value := properties.get(given):
            place[name] = value
    return place


def _read_link(properties: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A click on a link: OpenPanel's script tells of those that leave the site."""
    target = read_text(properties.get("href"))
    page = read_text(properties.get("__path"))
    click = describe_click({"$current_url": page, "$external_click_url": target})
    return click if click else ("outbound_link", {"url": target})


def _read_revenue(properties: Mapping[str, Any], own: dict[str, Any], losses: list[Fault]) -> dict[str, Any]:
    """What was earned, where a currency is beside it; else both are properties."""
    amount, currency = properties.get("__revenue"), properties.get("currency")
    if amount is not None and currency is not None:
        earned = read_revenue(amount, currency, losses)
        if earned is not None:
            return {"revenue": earned}
    if amount is not None or currency is not None:
        own |= {"currency": currency, "revenue": amount}
    return {}
