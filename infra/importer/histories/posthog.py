"""PostHog's events: a batch export in JSON lines, or CSV with `properties` as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from common.event import ENGAGEMENT, PAGE_VIEW
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.draft import Draft, Nothing, read_moment, read_number, read_text
from infra.importer.histories.records import Row, find_json

NEEDS = ("uuid", "event", "properties", "timestamp", "distinct_id")
_EVENTS = {"$pageview": PAGE_VIEW, "$screen": PAGE_VIEW, "$pageleave": ENGAGEMENT}
_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_ADDED = frozenset({
    *_CAMPAIGN, "gclid", "gad_source", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "twclid",
    "li_fat_id", "mc_cid", "igshid", "ttclid", "rdt_cid", "epik", "qclid", "sccid", "irclid", "_kx", "title", "token",
    "distinct_id",
})  # fmt: skip
"""Properties that a client adds by itself and that have a place elsewhere, or none."""


def read(row: Row) -> Iterator[Draft | Unparsable | Nothing]:
    """The event of a record; with a page view comes how long the page before it was looked at."""
    name, at = read_text(row["event"]), read_moment(read_text(row["timestamp"]))
    properties = find_json(row["properties"])
    if at is None or not read_text(row["uuid"]) or not isinstance(properties, dict):
        yield Unparsable(
            "its timestamp is no time" if at is None else "it has no uuid" if not read_text(row["uuid"])
            else "its properties are no JSON object"
        )  # fmt: skip
        return
    draft = Draft(read_text(row["uuid"]), at, url=_find_page(properties), user=read_text(row["distinct_id"]))
    _read_visitor(properties, draft)
    if name not in ("$pageleave", "$autocapture") and "$prev_pageview_duration" in properties:
        yield _read_engagement(properties, replace(draft, identity=f"{draft.identity}\0{ENGAGEMENT}"))
    if name not in _EVENTS and name.startswith("$"):  # persons, groups, flags, recordings, clicks, errors
        yield Nothing.NO_EVENT
        return
    if name == "$pageleave":
        yield _read_engagement(properties, draft)
        return
    draft.name = _EVENTS.get(name, name)
    draft.title = read_text(properties.get("title"))
    _read_origin(properties, draft)
    _read_own(properties, draft)
    yield draft


def _find_page(properties: Mapping[str, Any]) -> str:
    if (url := read_text(properties.get("$current_url"))).startswith(("http://", "https://")):
        return url
    path = read_text(properties.get("$screen_name")) or read_text(properties.get("$pathname"))
    return path if not path or path.startswith("/") else f"/{path}"


def _read_visitor(properties: Mapping[str, Any], draft: Draft) -> None:
    texts = {name: read_text(value) for name, value in properties.items() if name.startswith("$")}
    draft.country, draft.city = texts.get("$geoip_country_code", ""), texts.get("$geoip_city_name", "")
    draft.region = texts.get("$geoip_subdivision_1_name", "")
    draft.browser, draft.system = texts.get("$browser", ""), texts.get("$os", "")
    draft.device, draft.language = texts.get("$device_type", ""), texts.get("$browser_language", "")
    width, height = texts.get("$screen_width", ""), texts.get("$screen_height", "")
    draft.screen = f"{width.partition('.')[0]}x{height.partition('.')[0]}" if width and height else ""


def _read_origin(properties: Mapping[str, Any], draft: Draft) -> None:
    referrer = read_text(properties.get("$referrer"))
    draft.referrer = "" if referrer == "$direct" else referrer
    draft.campaign = {name: text for name in _CAMPAIGN if (text := read_text(properties.get(name)))}


def _read_own(properties: Mapping[str, Any], draft: Draft) -> None:
    """What was earned, and the properties that a site makes up."""
    own = {name: value for name, value in properties.items() if not name.startswith("$") and name not in _ADDED}
    if "revenue" in own and isinstance(own.get("currency"), str):
        draft.amount, draft.currency = own.pop("revenue"), own.pop("currency")
    draft.props = own


def _read_engagement(properties: Mapping[str, Any], draft: Draft) -> Draft:
    """How long the page view before was looked at, in seconds, and how much of it was seen."""
    draft.name, draft.referrer = ENGAGEMENT, None
    if path := read_text(properties.get("$prev_pageview_pathname")):
        scheme, found, rest = draft.url.partition("://")
        draft.url = f"{scheme}://{rest.partition('/')[0]}{path}" if found else path
    seconds, share = (properties.get(f"$prev_pageview_{name}") for name in ("duration", "max_scroll_percentage"))
    draft.engaged_ms = (read_number(seconds) or 0) * 1_000
    if (seen := read_number(share)) is not None:
        draft.scroll_depth = min(round(seen * 100), 100)
    return draft
