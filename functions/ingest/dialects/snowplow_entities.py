"""Self-describing data of Snowplow's: an event's own, and the entities beside it (contexts)."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from common.errors import InvalidInput, detach
from common.event import PAGE_VIEW
from functions.ingest.dialects.clicks import describe_click
from functions.ingest.dialects.values import MAX_LOOKED_AT, read_text

SKIPPED = frozenset({
    "web_page", "browser_context", "client_session", "PerformanceTiming", "PerformanceNavigationTiming",
    "http_client_hints", "mobile_context", "geolocation_context", "cookies", "page_ping", "screen", "user_data",
})  # fmt: skip
"""Entities that say of the page, the browser and the session what is known otherwise, or who somebody is."""

ParseJson = Callable[[bytes], Any]


class Entity(NamedTuple):
    """Data with the name of its schema: `link_click` of `iglu:com.acme/link_click/jsonschema/1-0-1`."""

    name: str
    data: Mapping[str, Any]


def read_event(fields: Mapping[str, str], parse_json: ParseJson) -> Entity | None:
    """The event of `ue_pr` or, in base64, `ue_px`."""
    outer = _read_json(fields, "ue_pr", "ue_px", parse_json)
    return _read_entity(outer.get("data")) if isinstance(outer, dict) else None


def read_entities(fields: Mapping[str, str], parse_json: ParseJson) -> Sequence[Entity]:
    """The entities of `co` or, in base64, `cx`, without those that are skipped."""
    outer = _read_json(fields, "co", "cx", parse_json)
    many = outer.get("data") if isinstance(outer, dict) else None
    found = [_read_entity(one) for one in many] if isinstance(many, list) else []
    return [one for one in found if one is not None and one.name not in SKIPPED]


def _read_json(fields: Mapping[str, str], plain: str, encoded: str, parse_json: ParseJson) -> Any:
    try:
        if text := fields.get(plain):
            return parse_json(text.encode(errors="ignore"))
        if text := fields.get(encoded):
            padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
            return parse_json(base64.b64decode(padded, altchars=b"-_"))
    except InvalidInput as error:
        detach(error)
    except (binascii.Error, ValueError):
        pass
    return None


def _read_entity(given: Any) -> Entity | None:
    if not isinstance(given, dict):
        return None
    schema, data = read_text(given.get("schema")) or "", given.get("data")
    parts = schema.removeprefix("iglu:").split("/")
    if len(parts) < 2 or not parts[1]:
        return None
    return Entity(parts[1], dict(islice(data.items(), MAX_LOOKED_AT)) if isinstance(data, dict) else {})


def describe_event(own: Entity | None, page: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of an event, and its properties. What can't be read is an event of the name `ue`."""
    if own is None:
        return {"event_type": "ue"}, {}
    name, data = own
    match name:
        case "link_click":
            target = read_text(data.get("targetUrl"))
            click = describe_click({"$current_url": page, "$external_click_url": target})
            return ({"event_type": click[0]}, {**click[1]}) if click else ({"event_type": name}, {"url": target})
        case "submit_form":
            return {"event_type": "form_submit"}, {"form": data.get("formId")}
        case "site_search":
            terms = data.get("terms")
            keyword = " ".join(map(str, terms)) if isinstance(terms, list) else terms
            return {"event_type": name}, {"keyword": keyword, "results": data.get("totalResults")}
        case "screen_view":
            path = read_text(data.get("name")) or read_text(data.get("id")) or ""
            place = {} if page else {"path": path if path.startswith("/") else f"/{path}"}
            return {"event_type": PAGE_VIEW, **place}, {"screen_type": data.get("type")}
        case "snowplow_ecommerce_action":
            return {"event_type": read_text(data.get("type")) or name}, {"list": data.get("name")}
    return {"event_type": name}, {**data}


def find_revenue(entities: Sequence[Entity]) -> tuple[Any, Any] | None:
    """What a transaction brought in: an entity of Snowplow's e-commerce."""
    for name, data in entities:
        if name == "transaction" and "revenue" in data:
            return data["revenue"], data.get("currency")
    return None
