"""Fields of Matomo's requests: what has a place, and which."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from common.errors import Fault
from common.event import ENGAGEMENT, PAGE_VIEW
from functions.ingest.dialects.values import clean, read_name, read_props, read_revenue, read_text, read_user

USED = frozenset({
    "idsite", "url", "action_name", "urlref", "res", "lang", "uid", "cid", "_id", "cdt", "cip", "ua", "country",
    "e_c", "e_a", "e_n", "e_v", "link", "download", "search", "search_cat", "search_count", "idgoal", "revenue",
    "currency", "ec_id", "ec_items", "ec_st", "ec_tx", "ec_sh", "ec_dt", "_pkc", "_pkp", "_pks", "_pkn", "cvar",
    "_cvar", "c_n", "c_p", "c_t", "c_i", "ping", "_rcn", "_rck",
})  # fmt: skip
"""Parameters that have a place; and so has each `dimension<number>`."""

ALWAYS = frozenset({"rec", "ca", "send_image", "rand", "r", "apiv", "token_auth"})
"""Parameters that only say how to send or to answer; nothing of them is missing."""

_KNOWN = USED | ALWAYS
_NO_VIEW = frozenset({"ping", "e_c", "link", "download", "search", "idgoal", "c_n"})
"""Parameters that make a request something else than a page view."""
_DIMENSION = re.compile(r"dimension\d{1,4}")
_CAMPAIGN = re.compile(r"([?&#])(?:mtm|matomo|pk|piwik)_(campaign|source|medium|content|keyword|kwd)=", re.IGNORECASE)
_PRODUCT = {"_pks": "product_sku", "_pkn": "product", "_pkc": "product_category", "_pkp": "product_price"}
_NO_PROPS = _KNOWN - _PRODUCT.keys() - {"_cvar", "cvar"}
_ORDER = {"ec_id": "order", "ec_st": "subtotal", "ec_tx": "tax", "ec_sh": "shipping", "ec_dt": "discount"}


def find_unused(fields: Mapping[str, str]) -> list[str]:
    """Names of what has no place."""
    if fields.keys() <= _KNOWN:
        return []
    return [name for name in fields if name not in _KNOWN and not _DIMENSION.fullmatch(name)]


def read_campaign(url: str, fields: Mapping[str, str]) -> str:
    """A URL whose campaign has the names that are read here: mtm_campaign and pk_campaign become utm_campaign."""
    url = _CAMPAIGN.sub(
        lambda found: f"{found[1]}utm_{'term' if found[2].lower() in ('keyword', 'kwd') else found[2].lower()}=", url
    )
    if "_rcn" not in fields and "_rck" not in fields:
        return url
    added = [
        f"utm_{name}={quote(clean(value))}"
        for name, value in (("campaign", fields.get("_rcn")), ("term", fields.get("_rck")))
        if value and f"utm_{name}=" not in url
    ]
    if not added:
        return url
    before, separator, fragment = url.partition("#")
    return before + ("&" if "?" in before else "?") + "&".join(added) + separator + fragment


def read_who(fields: Mapping[str, str], losses: list[Fault], *, from_browser: bool) -> dict[str, Any]:
    """Whose it is. `_id` is what a browser's cookie says, which is no user; a server names its visitor with it."""
    who: dict[str, Any] = {}
    user = fields.get("uid") or fields.get("cid") or (None if from_browser else fields.get("_id"))
    if user:
        who["user_id"] = read_user(user, losses)
    if language := fields.get("lang"):
        who["language"] = re.split("[,;]", language)[0].strip()
    for name, given in (("ip", "cip"), ("user_agent", "ua")):
        if value := fields.get(given):
            who[name] = value
    if country := fields.get("country"):
        who["country"] = country.upper()
    return who


def read_what(fields: Mapping[str, str], losses: list[Fault]) -> dict[str, Any]:
    """What happened: its `event_type`, and what is said of it."""
    if fields.keys().isdisjoint(_NO_VIEW):
        return {"event_type": PAGE_VIEW}
    if fields.get("ping") == "1":
        return {"event_type": ENGAGEMENT, "engaged_ms": 0}
    if fields.get("e_c"):
        props = {"action": fields.get("e_a"), "name": fields.get("e_n"), "value": _read_number(fields.get("e_v"))}
        return {"event_type": read_name(fields["e_c"], losses), "props": props}
    for name, event_type in (("link", "outbound_link"), ("download", "file_download")):
        if target := fields.get(name):
            return {"event_type": event_type, "props": {"url": re.split("[?#]", target)[0]}}
    if fields.get("search"):
        results = _read_number(fields.get("search_count"))
        props = {"keyword": fields["search"], "category": fields.get("search_cat"), "results": results}
        return {"event_type": "site_search", "props": props}
    if fields.get("idgoal"):
        return _read_goal(fields, losses)
    if fields.get("c_n"):
        props = {"content": fields["c_n"], "piece": fields.get("c_p"), "target": fields.get("c_t")}
        if interaction := fields.get("c_i"):
            return {"event_type": "content_interaction", "props": {**props, "interaction": interaction}}
        return {"event_type": "content_impression", "interactive": False, "props": props}
    return {"event_type": PAGE_VIEW, "props": {}}


def _read_goal(fields: Mapping[str, str], losses: list[Fault]) -> dict[str, Any]:
    """A goal, an order (goal 0 with an id) or what is in a cart. Matomo's revenue has no currency beside it."""
    props: dict[str, Any] = {}
    event: dict[str, Any] = {"event_type": "goal", "props": props}
    if fields["idgoal"] == "0":
        event["event_type"] = "order" if fields.get("ec_id") else "cart"
        props |= {name: fields.get(given) for given, name in _ORDER.items()}
        props |= {"items": fields.get("ec_items")}
    else:
        props["goal"] = fields["idgoal"]
    amount, currency = fields.get("revenue"), fields.get("currency")
    earned = read_revenue(amount, currency, losses) if amount and currency and event["event_type"] != "cart" else None
    if earned is not None:
        return {**event, "revenue": earned}
    if amount:
        props["revenue"] = _read_number(amount)
    return event


def read_props_beside(fields: Mapping[str, str], event: dict[str, Any], losses: list[Fault]) -> None:
    """Add the dimensions, the custom variables and the product that any request may have."""
    given = event.pop("props", {})
    if not given and fields.keys() <= _NO_PROPS:
        return
    own: dict[str, Any] = {
        name: value for name, value in fields.items() if name[:1] == "d" and _DIMENSION.fullmatch(name)
    }
    for name in ("_cvar", "cvar"):
        own |= _read_variables(fields.get(name))
    own |= {name: fields[parameter] for parameter, name in _PRODUCT.items() if fields.get(parameter)}
    if props := read_props(given | own, losses):
        event["props"] = props


def _read_variables(given: str | None) -> dict[str, Any]:
    """Custom variables: `{"1": ["name", "value"]}`."""
    try:
        content = json.loads(given) if given else {}
    except (ValueError, RecursionError):
        return {}
    pairs = content.values() if isinstance(content, dict) else ()
    return {
        name: pair[1]
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and (name := read_text(pair[0])) is not None
    }


def _read_number(given: str | None) -> float | str | None:
    """A number, where it is one: then its sum is a number too."""
    try:
        number = float(given) if given else None
    except ValueError:
        return given
    if number is None or not abs(number) < 2**53:
        return given
    return int(number) if number.is_integer() else number
