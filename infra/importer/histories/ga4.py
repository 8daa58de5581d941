"""Google Analytics 4, as its BigQuery export has it: a JSON object a line (events_YYYYMMDD, newline-delimited).

https://developers.google.com/analytics/bigquery/event-schema
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from common.event import ENGAGEMENT, PAGE_VIEW
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.countries import find_country_code
from infra.importer.histories.depths import Depths, Page
from infra.importer.histories.draft import Draft, Nothing, read_epoch, read_number, read_text
from infra.importer.histories.history import ReadRow
from infra.importer.histories.records import Row

NEEDS = ("event_timestamp", "event_name", "event_params", "user_pseudo_id")
_OF_SESSIONS = frozenset({"session_start", "first_visit", "first_open"})
_ENGAGEMENTS = frozenset({"user_engagement", "scroll"})
"""How long a page was looked at, and that 90 % of it were seen."""
_EVENTS = {"click": "outbound_link", "view_search_results": "site_search"}
_LINKS = {"outbound_link": "link_url", "file_download": "link_url", "site_search": "search_term"}
_OWN = frozenset({
    "page_location", "page_referrer", "page_title", "ga_session_id", "ga_session_number", "session_engaged",
    "entrances", "engaged_session_event", "engagement_time_msec", "ignore_referrer", "batch_ordering_id",
    "batch_page_id", "source",
    "medium", "campaign", "term", "content", "campaign_id", "gclid", "dclid", "srsltid", "currency", "value",
    "percent_scrolled", "debug_mode", "link_domain", "link_classes", "link_id", "outbound", "unique_search_term",
    "synthetic_bundle", "session_traffic_source_last_click",
})  # fmt: skip
"""Parameters that have a place of their own, or none."""
_UTM = {"utm_source": "manual_source", "utm_medium": "manual_medium", "utm_campaign": "manual_campaign_name",
        "utm_term": "manual_term", "utm_content": "manual_content"}  # fmt: skip


def open_reader() -> ReadRow:
    """A reader that remembers how far pages were seen: rows should come in the order of their time."""
    depths = Depths()

    def read(row: Row) -> Iterator[Draft | Unparsable | Nothing]:
        name, params = read_text(row["event_name"]), _read_params(row["event_params"])
        microseconds = read_text(row["event_timestamp"])
        at = read_epoch(microseconds, 1_000_000)
        if at is None or not name:
            yield Unparsable("its event_timestamp is no time" if at is None else "it has no event_name")
            return
        url, user = read_text(params.get("page_location")), read_text(row["user_pseudo_id"])
        is_engagement = name in _ENGAGEMENTS
        if name in _OF_SESSIONS or (is_engagement and not url):
            yield Nothing.NO_EVENT
            return
        order = (read_text(row.get(key)) for key in ("event_bundle_sequence_id", "batch_page_id", "batch_event_index"))
        draft = Draft("\0".join((microseconds, user, name, *order)), at, url=url, is_identity_unique=False)
        draft.user = read_text(row.get("user_id")) or user
        _read_visitor(row, draft)
        page = (user, read_text(params.get("ga_session_id")), url)
        if is_engagement:
            _read_engagement(params, depths, page, draft)
        else:
            if name == PAGE_VIEW:
                depths.forget(page)
            draft.name = _EVENTS.get(name, name)
            draft.title = read_text(params.get("page_title"))
            _read_origin(row, params, draft)
            _read_own(row, params, draft)
        yield draft

    return read


def _read_engagement(params: Mapping[str, Any], depths: Depths, page: Page, draft: Draft) -> None:
    draft.name, draft.referrer = ENGAGEMENT, None
    draft.engaged_ms = read_number(params.get("engagement_time_msec")) or 0
    depth = round(read_number(params.get("percent_scrolled")) or 0)
    draft.scroll_depth, draft.scroll_depth_before = depths.report(page, depth)


def _read_params(given: Any) -> dict[str, Any]:
    """A list of names, each with a value of some kind: {"key": …, "value": {"int_value": …}}."""
    params: dict[str, Any] = {}
    for one in given if isinstance(given, list) else ():
        if isinstance(one, dict) and isinstance(one.get("value"), dict):
            values = (value for value in one["value"].values() if value is not None)
            params[read_text(one.get("key"))] = next(values, None)
    return params


def _read_visitor(row: Row, draft: Draft) -> None:
    device, geo = _read_object(row.get("device")), _read_object(row.get("geo"))
    web = _read_object(device.get("web_info"))
    draft.country = find_country_code(read_text(geo.get("country")))
    draft.region, draft.city = (_leave_unset(read_text(geo.get(name))) for name in ("region", "city"))
    draft.browser = read_text(web.get("browser")) or read_text(device.get("browser"))
    draft.system, draft.device = read_text(device.get("operating_system")), read_text(device.get("category"))
    draft.language = read_text(device.get("language"))


def _leave_unset(text: str) -> str:
    return "" if text.startswith("(") else text


def _read_origin(row: Row, params: Mapping[str, Any], draft: Draft) -> None:
    """The event's own referrer and campaign; `traffic_source` is the user's first one, and is not used."""
    draft.referrer = read_text(params.get("page_referrer"))
    collected = _read_object(row.get("collected_traffic_source"))
    campaign = {name: _leave_unset(read_text(collected.get(given))) for name, given in _UTM.items()}
    draft.campaign = {name: text for name, text in campaign.items() if text}
    draft.click_id = "gclid" if read_text(collected.get("gclid")) else ""


def _read_own(row: Row, params: Mapping[str, Any], draft: Draft) -> None:
    props = {name: value for name, value in params.items() if name not in _OWN}
    if link := _LINKS.get(draft.name):
        given = read_text(props.pop(link, None))
        props |= {"keyword": given} if link == "search_term" else {"url": re.split("[?#]", given)[0]}
    currency = read_text(params.get("currency"))
    amount = _read_object(row.get("ecommerce")).get("purchase_revenue") or params.get("value")
    if currency and amount is not None:
        draft.amount, draft.currency = amount, currency
    elif "value" in params:
        props["value"] = params["value"]
    draft.props = props


def _read_object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
