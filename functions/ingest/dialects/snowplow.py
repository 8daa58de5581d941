"""Snowplow: POST tp2 (batches) and GET /i (one event) of its trackers for browsers, apps and servers."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import PlainTextResponse, Response

from common.errors import Fault, InvalidInput
from common.event import ENGAGEMENT, PAGE_VIEW
from functions.ingest.dialects.bodies import read_fields
from functions.ingest.dialects.form import GIF, Divided, Drop, Given, Item, Message, Outcome, refuse
from functions.ingest.dialects.snowplow_entities import Entity, describe_event, find_revenue, read_entities, read_event
from functions.ingest.dialects.values import (
    derive_id,
    read_name,
    read_page,
    read_props,
    read_revenue,
    read_text,
    read_user,
)
from functions.ingest.dialects.visitors import is_browser, read_time, read_uuid

EVENTS_NAME = "data"
_PIXEL = Response(GIF, 200, {"Cache-Control": "no-store"}, media_type="image/gif")
_OK = PlainTextResponse("ok", 200, {"Cache-Control": "no-store"})
DROPS = {
    "change_form": "It is what somebody typed.",
    "focus_form": "It is about a field of a form; there are no figures of those.",
    "web_vitals": "It measures how fast a page was; there is no figure for that.",
    "application_error": "It is an error of a program; there are no figures of those.",
}
"""Self-describing events that become none, and why."""

USED = frozenset({
    "e", "eid", "dtm", "ttm", "aid", "tna", "url", "page", "refr", "lang", "res", "vp", "ds", "uid", "duid", "ip", "ua",
    "co", "cx", "ue_pr", "ue_px", "se_ca", "se_ac", "se_la", "se_pr", "se_va", "pp_may", "tr_id", "tr_af", "tr_tt",
    "tr_tx", "tr_sh", "tr_cu", "tr_ci", "tr_st", "tr_co", "ti_id", "ti_sk", "ti_nm", "ti_ca", "ti_pr", "ti_qu",
})  # fmt: skip
"""Fields that have a place."""

_STRUCTURED = {"se_ac": "action", "se_la": "label", "se_pr": "property", "se_va": "value"}
_TRANSACTION = {
    "tr_id": "order", "tr_af": "affiliation", "tr_tx": "tax", "tr_sh": "shipping", "tr_ci": "city", "tr_st": "state",
    "tr_co": "country",
}  # fmt: skip
_ITEM = {
    "ti_id": "order", "ti_sk": "sku", "ti_nm": "name", "ti_ca": "category", "ti_pr": "price", "ti_qu": "quantity",
}  # fmt: skip


def find_json(message: Message) -> bytes | None:
    """None of a GET."""
    return None if message.method == "GET" else message.body


def divide(message: Message, content: Any) -> Divided:
    """The event of the query, or those of a batch."""
    from_browser = is_browser(message.headers)
    seen: dict[str, int] = {}

    def read(one: Any) -> Sequence[Item]:
        return (_read_item(one, message, seen, from_browser=from_browser),)

    if message.method == "GET":
        return Divided([read_fields(message.query)], read)
    events = content.get("data") if isinstance(content, dict) else None
    if not isinstance(events, list) or not events:
        fault = Fault("Expected an array of events.", "/data")
        raise InvalidInput("The body should be a payload of Snowplow's.", (fault,))
    return Divided(events, read)


def answer(message: Message, outcomes: Sequence[Outcome]) -> Response:
    """200: its trackers read nothing else."""
    if refusal := refuse(outcomes):
        return refusal
    return _PIXEL if message.method == "GET" else _OK


def _read_item(given: Any, message: Message, seen: dict[str, int], *, from_browser: bool) -> Item:
    if not isinstance(given, dict) or not (kind := read_text(given.get("e"))):
        fault = Fault("Expected an object with the event's kind as `e`, such as pv.")
        return Given("", {}, wrong=InvalidInput("The event is not valid.", (fault,)))
    fields = {name: text for name, value in given.items() if (text := read_text(value)) is not None}
    site = fields.get("aid") or fields.get("tna") or ""
    own = read_event(fields, message.parse_json) if kind == "ue" else None
    if own is not None and own.name in DROPS:
        return Drop(own.name, DROPS[own.name], site)
    losses: list[Fault] = []
    event = _read_place(fields) | _read_key(fields, seen) | _read_who(fields, losses, from_browser=from_browser)
    event |= _read_what(kind, fields, own, read_entities(fields, message.parse_json), losses)
    return Given(site, event, [name for name in given if name not in USED], losses)


def _read_place(fields: Mapping[str, str]) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if url := fields.get("url"):
        place = dict(read_page(url))
    for name, given in (("referrer", "refr"), ("title", "page"), ("language", "lang"), ("screen", "res")):
        if value := fields.get(given):
            place[name] = value
    return place


def _read_key(fields: Mapping[str, str], seen: dict[str, int]) -> dict[str, str]:
    """The client's own id and time, as they are: a clock that is set right would make another event of each retry."""
    at = fields.get("ttm") or fields.get("dtm")
    if at is None:
        return {}
    sent_anew = {name: value for name, value in fields.items() if name != "stm"}
    return {"timestamp": read_time(at), "event_id": read_uuid(fields.get("eid")) or derive_id(sent_anew, seen)}


def _read_who(fields: Mapping[str, str], losses: list[Fault], *, from_browser: bool) -> dict[str, Any]:
    """Whose it is. `duid` is what a browser's cookie says, which is no user; a server names its visitor with it."""
    who: dict[str, Any] = {}
    if user := fields.get("uid") or (None if from_browser else fields.get("duid")):
        who["user_id"] = read_user(user, losses)
    for name, given in (("ip", "ip"), ("user_agent", "ua")):
        if value := fields.get(given):
            who[name] = value
    return who


def _read_what(
    kind: str, fields: Mapping[str, str], own: Entity | None, entities: Sequence[Entity], losses: list[Fault]
) -> dict[str, Any]:
    """What happened: its `event_type`, and what is said of it."""
    if kind == "pp":
        return {"event_type": ENGAGEMENT, "engaged_ms": 0} | _read_depth(fields)
    what: dict[str, Any] = {"event_type": PAGE_VIEW}
    props: dict[str, Any] = {}
    revenue = find_revenue(entities)
    match kind:
        case "pv":
            pass
        case "se":
            what["event_type"] = read_name(fields.get("se_ca") or kind, losses)
            props = {name: fields.get(given) for given, name in _STRUCTURED.items()}
        case "tr":
            what["event_type"] = "transaction"
            props = {name: fields.get(given) for given, name in _TRANSACTION.items()}
            revenue = (fields.get("tr_tt"), fields.get("tr_cu")) if fields.get("tr_cu") else None
            props |= {} if revenue else {"total": fields.get("tr_tt")}
        case "ti":
            what |= {"event_type": "transaction_item", "interactive": False}
            props = {name: fields.get(given) for given, name in _ITEM.items()}
        case "ue":
            described, props = describe_event(own, fields.get("url", ""))
            what |= described
            what["event_type"] = read_name(what["event_type"], losses)
        case _:
            what["event_type"] = read_name(kind, losses)
    for entity in entities:
        props |= {f"{entity.name}.{name}": value for name, value in entity.data.items()}
    if revenue and (earned := read_revenue(*revenue, losses)) is not None:
        what["revenue"] = earned
    if kept := read_props(props, losses):
        what["props"] = kept
    return what


def _read_depth(fields: Mapping[str, str]) -> dict[str, int]:
    """How much of the page was seen so far: what was scrolled away, and what fits into the window."""
    try:
        window, page = (int(fields[name].partition("x")[2]) for name in ("vp", "ds"))
        seen = int(fields["pp_may"]) + window
    except (KeyError, ValueError):
        return {}
    return {"scroll_depth": min(max(seen, 0) * 100 // page, 100)} if page > 0 else {}
