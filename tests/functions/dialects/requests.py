"""A request without a field, and how one is sent with it, by dialect and kind: for the tables of docs/moving."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

SERVER = {"User-Agent": "python-requests/2.32"}
Fields = dict[str, Any]
Request = tuple[str, Fields]
"""A query, and the rest of a request."""


def send_json(fields: Fields) -> Request:
    return "", {"json": fields}


def send_payload(fields: Fields) -> Request:
    return send_json({"type": "event", "payload": fields})


def send_query(fields: Fields) -> Request:
    return urlencode(fields), {}


def send_hit(fields: Fields) -> Request:
    return "site=wiki", {"json": {"hits": [fields]}}


def send_posthog(name: str) -> Callable[[Fields], Request]:
    return lambda fields: send_batch({"event": name, "properties": fields})


def send_batch(fields: Fields) -> Request:
    return send_json({"api_key": "phc_a", "batch": [fields]})


VIEW = {"n": "pageview", "u": "https://blog.example/a", "d": "blog.example"}


def send_from_server(fields: Fields) -> Request:
    return urlencode(fields), {"headers": SERVER}


def send_payloads(fields: Fields) -> Request:
    return send_json({"data": [fields]})


def send_payloads_from_server(fields: Fields) -> Request:
    return "", {"json": {"data": [fields]}, "headers": SERVER}


SEEN = {"e": "pv", "aid": "shop", "url": "https://shop.example/a"}


def send_track(fields: Fields) -> Request:
    return "", {"json": {"type": "track", "payload": fields}, "headers": {"openpanel-client-id": "studio"}}


def send_signup(fields: Fields) -> Request:
    return send_track({"name": "signup", "properties": fields})


def send_link(fields: Fields) -> Request:
    return send_track({"name": "link_out", "properties": fields})


def send_signup_from_server(fields: Fields) -> Request:
    query, request = send_signup(fields)
    return query, {**request, "headers": request["headers"] | SERVER}


ON_PATH = {"__path": "https://studio.example/a"}
ASKED = {"idsite": "3", "rec": "1", "url": "https://press.example/a"}
ON_PAGE = {"$current_url": "https://blog.example/a"}
BASES: dict[tuple[str, str], tuple[Fields, Callable[[Fields], Request]]] = {
    ("plausible", "any"): (VIEW, send_json),
    ("plausible", "event"): (VIEW | {"n": "Signup"}, send_json),
    ("plausible", "engagement"): (VIEW | {"n": "engagement"}, send_json),
    ("plausible", "hash"): (VIEW | {"u": "https://blog.example/app#/users"}, send_json),
    ("umami", "any"): ({"website": "x", "hostname": "blog.example", "url": "/a"}, send_payload),
    ("goatcounter", "any"): ({"site": "blog", "p": "/a"}, send_query),
    ("goatcounter", "event"): ({"site": "blog", "p": "join", "e": "true"}, send_query),
    ("goatcounter", "hit"): ({"path": "/a"}, send_hit),
    ("matomo", "any"): (ASKED, send_query),
    ("matomo", "server"): (ASKED, send_from_server),
    ("matomo", "event"): (ASKED | {"e_c": "Video"}, send_query),
    ("matomo", "search"): (ASKED | {"search": "shoes"}, send_query),
    ("matomo", "goal"): (ASKED | {"idgoal": "1"}, send_query),
    ("matomo", "paid"): (ASKED | {"idgoal": "1", "currency": "EUR"}, send_query),
    ("matomo", "earned"): (ASKED | {"idgoal": "1", "revenue": "3.5"}, send_query),
    ("matomo", "order"): (ASKED | {"idgoal": "0"}, send_query),
    ("matomo", "content"): (ASKED | {"c_n": "ad"}, send_query),
    ("snowplow", "any"): (SEEN, send_payloads),
    ("snowplow", "server"): (SEEN, send_payloads_from_server),
    ("snowplow", "unnamed"): ({"e": "pv", "tna": "sp", "url": "https://shop.example/a"}, send_payloads),
    ("snowplow", "ping"): (SEEN | {"e": "pp", "vp": "9x9", "ds": "9x90", "pp_may": "9"}, send_payloads),
    ("snowplow", "own"): (SEEN | {"e": "ue"}, send_payloads),
    ("snowplow", "structured"): (SEEN | {"e": "se", "se_ca": "Video"}, send_payloads),
    ("snowplow", "transaction"): (SEEN | {"e": "tr", "tr_cu": "EUR"}, send_payloads),
    ("snowplow", "earned"): (SEEN | {"e": "tr", "tr_tt": "20.5"}, send_payloads),
    ("snowplow", "item"): (SEEN | {"e": "ti"}, send_payloads),
    ("openpanel", "track"): ({"name": "signup"}, send_track),
    ("openpanel", "any"): (ON_PATH, send_signup),
    ("openpanel", "server"): (ON_PATH, send_signup_from_server),
    ("openpanel", "paid"): (ON_PATH | {"currency": "EUR"}, send_signup),
    ("openpanel", "earned"): (ON_PATH | {"__revenue": 20.5}, send_signup),
    ("openpanel", "link"): (ON_PATH | {"href": "https://other.example/"}, send_link),
    ("posthog", "event"): ({"event": "signup", "properties": {}}, send_batch),
    ("posthog", "any"): (ON_PAGE, send_posthog("$pageview")),
    ("posthog", "custom"): (ON_PAGE, send_posthog("signup")),
    ("posthog", "paid"): (ON_PAGE | {"currency": "EUR"}, send_posthog("signup")),
    ("posthog", "app"): ({}, send_posthog("$screen")),
    ("posthog", "screen"): (ON_PAGE | {"$screen_width": 9, "$screen_height": 9}, send_posthog("$pageview")),
    ("posthog", "click"): (ON_PAGE | {"$external_click_url": "https://a.example/"}, send_posthog("$autocapture")),
    ("posthog", "link"): (ON_PAGE | {"$elements": [{"attr__href": "/a.pdf"}]}, send_posthog("$autocapture")),
    ("posthog", "chain"): (ON_PAGE | {"$elements_chain": 'attr__href="/a.pdf"'}, send_posthog("$autocapture")),
    ("posthog", "leave"): (ON_PAGE, send_posthog("$pageleave")),
    ("posthog", "anonymous"): (ON_PAGE | {"distinct_id": "d", "$lib": "web"}, send_posthog("signup")),
}
"""A request without the field, and how one is sent, by dialect and kind."""
