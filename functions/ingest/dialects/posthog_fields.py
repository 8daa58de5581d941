"""Fields of PostHog's events: what has a place, and which."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.errors import Fault
from common.event import ENGAGEMENT
from functions.ingest.dialects.form import Message
from functions.ingest.dialects.values import derive_id, read_page, read_props, read_revenue, read_text
from functions.ingest.dialects.visitors import read_time, read_uuid

USED = frozenset({
    "$current_url", "$referrer", "$title", "title", "$browser_language", "$screen_width", "$screen_height",
    "$screen_name", "$is_identified", "$device_id", "$user_id", "$lib", "$time", "$insert_id", "$groups", "token",
    "api_key", "distinct_id", "$elements", "$elements_chain", "$external_click_url", "$event_type",
    "$prev_pageview_duration", "$prev_pageview_max_scroll_percentage", "$prev_pageview_pathname", "$pathname",
})  # fmt: skip
"""Properties that have a place, beside those that a site makes up."""

EVENT_USED = frozenset({"event", "distinct_id", "properties", "timestamp", "uuid", "token", "api_key"})
"""Fields of an event that have one."""

VISITOR = frozenset({"$ip", "$raw_user_agent", "$user_agent"})
"""Properties in which a server names its visitor."""

CAMPAIGN = frozenset({
    "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "gclid", "gad_source", "gclsrc", "dclid",
    "gbraid", "wbraid", "fbclid", "msclkid", "twclid", "li_fat_id", "mc_cid", "igshid", "ttclid", "rdt_cid", "epik",
    "qclid", "sccid", "irclid", "_kx",
})  # fmt: skip
"""Properties that posthog-js adds to each event of a visitor: the page's URL has them where they belong."""

_PLACED = USED | VISITOR
_DIRECT = "$direct"
_MOST = 2**53
"""What is more is neither a width nor a duration."""


def find_unused(one: Mapping[str, Any], properties: Mapping[str, Any], message: Message) -> list[str]:
    unused = [] if one.keys() <= EVENT_USED else [name for name in one if name not in EVENT_USED]
    theirs = [name for name in properties if name not in USED and (name[:1] == "$" or name in CAMPAIGN)]
    if theirs:
        is_script = properties.get("$lib") == "web"
        for name in theirs:
            if (is_script or name not in CAMPAIGN) and not (name in VISITOR and message.shows_key):
                unused.append(name)
    return unused


def read_key(one: Mapping[str, Any], properties: Mapping[str, Any], seen: dict[str, int]) -> dict[str, str]:
    """The client's own id and time, as they are: a clock that is set right would make another event of each retry."""
    key: dict[str, str] = {}
    if (at := one.get("timestamp") or properties.get("$time")) is not None:
        key["timestamp"] = read_time(at)
    uuid = read_uuid(one.get("uuid"))
    if uuid is not None and (key or uuid[14] == "7"):
        return {**key, "event_id": uuid}
    if not key:
        return {}
    insert_id = properties.get("$insert_id")
    content = [one.get("event"), insert_id] if insert_id else {**one, "offset": None}
    return {**key, "event_id": derive_id(content, seen)}


def find_user(one: Mapping[str, Any], properties: Mapping[str, Any], *, from_browser: bool) -> Any:
    """Who it was, where the client was told; the id that a browser drew for itself says nothing of a person."""
    given = one.get("distinct_id") or properties.get("distinct_id")
    is_identified = properties.get("$is_identified")
    if not isinstance(is_identified, bool):
        is_identified = bool(properties.get("$user_id")) or "$device_id" not in properties
        if properties.get("$lib") in ("web", "js") and not properties.get("$user_id"):
            is_identified = properties.get("$device_id", given) != given
    return given if is_identified or not from_browser else None


def read_visitor(properties: Mapping[str, Any], message: Message) -> dict[str, Any]:
    """A server names its visitor in properties. It is believed if it shows a key."""
    if VISITOR.isdisjoint(properties) or not message.shows_key:
        return {}
    agent = properties.get("$raw_user_agent") or properties.get("$user_agent")
    address = properties.get("$ip")
    return ({"ip": address} if address else {}) | ({"user_agent": agent} if agent else {})


def read_place(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if url := read_text(properties.get("$current_url")):
        place = dict(read_page(url))
    elif path := read_text(properties.get("$screen_name")) or read_text(properties.get("$pathname")):
        place = {"path": path if path.startswith("/") else f"/{path}"}
    elif name in ("$pageview", "$screen"):
        place = {"path": "/"}
    referrer = properties.get("$referrer")
    if referrer and referrer != _DIRECT:
        place["referrer"] = referrer
    if title := properties.get("title") or properties.get("$title"):
        place["title"] = title
    if language := properties.get("$browser_language"):
        place["language"] = language
    width, height = _read_number(properties.get("$screen_width")), _read_number(properties.get("$screen_height"))
    if width and height:
        place["screen"] = f"{round(width)}x{round(height)}"
    return place


def read_engagement(
    event: Mapping[str, Any], properties: Mapping[str, Any], derived_from: str | None = None
) -> dict[str, Any]:
    """How long the page view before was looked at, in seconds; as an event beside another one, `derived_from` that."""
    kept = ("user_id", "timestamp", "event_id", "language", "screen", "url", "path", "ip", "user_agent")
    report = {name: event[name] for name in kept if name in event}
    if path := read_text(properties.get("$prev_pageview_pathname")):
        scheme, separator, rest = report.get("url", "").partition("://")
        if separator:
            report["url"] = f"{scheme}://{rest.partition('/')[0].partition('?')[0].partition('#')[0]}{path}"
        else:
            report["path"] = path
    if derived_from is not None and "event_id" in report:
        report |= {"event_id": derive_id([report["event_id"], ENGAGEMENT], {})}
    seconds, depth = (properties.get(f"$prev_pageview_{name}") for name in ("duration", "max_scroll_percentage"))
    report |= {"event_type": ENGAGEMENT, "engaged_ms": (_read_number(seconds) or 0) * 1_000}
    if (share := _read_number(depth)) is not None:
        report["scroll_depth"] = share * 100
    return report


def read_rest(properties: Mapping[str, Any], unused: Sequence[str], losses: list[Fault]) -> dict[str, Any]:
    """What was earned, and the properties that a site makes up."""
    if properties.keys() <= _PLACED:
        own = {}
    else:
        left_out = frozenset(unused)
        own = {name: value for name, value in properties.items() if name not in _PLACED and name not in left_out}
    read: dict[str, Any] = {}
    if "revenue" in own and "currency" in own:
        earned = read_revenue(own["revenue"], own["currency"], losses)
        if earned is not None:
            read["revenue"] = earned
            own = {name: value for name, value in own.items() if name not in ("revenue", "currency")}
    groups = properties.get("$groups")
    if isinstance(groups, dict):
        own |= {f"group.{kind}": key for kind, key in groups.items()}
    if props := read_props(own, losses):
        read["props"] = props
    return read


def _read_number(given: Any) -> float | None:
    is_number = isinstance(given, int | float) and not isinstance(given, bool) and 0 <= given < _MOST
    return given if is_number else None
