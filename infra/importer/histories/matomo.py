"""Matomo's visits, as Live.getLastVisitsDetails gives them in JSON: a visit a record, with its actions.

https://developer.matomo.org/api-reference/reporting-api#Live
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from common.event import PAGE_VIEW
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.draft import Draft, Nothing, read_epoch, read_text, read_texts
from infra.importer.histories.records import Row

NEEDS = ("idSite", "idVisit", "visitorId", "actionDetails")
_DIMENSION = re.compile(r"dimension\d{1,4}")
_LINKS = {"outlink": "outbound_link", "download": "file_download"}
_ORDER = {"order": "orderId", "subtotal": "revenueSubTotal", "tax": "revenueTax", "shipping": "revenueShipping",
          "discount": "revenueDiscount", "items": "items"}  # fmt: skip


def read(row: Row) -> Iterator[Draft | Unparsable | Nothing]:
    """The events of a visit: an action each."""
    actions, visit = row["actionDetails"], read_text(row["idVisit"])
    if not isinstance(actions, list) or not visit:
        yield Unparsable("its actionDetails are no list" if visit else "it has no idVisit")
        return
    if not actions:
        yield Nothing.NO_EVENT
    is_first = True
    for place, action in enumerate(actions, start=1):
        if not isinstance(action, dict):
            yield Unparsable(f"action {place} of visit {visit} is no object")
        elif (at := read_epoch(action.get("timestamp") or row.get("serverTimestamp"))) is None:
            yield Unparsable(f"action {place} of visit {visit} has no timestamp")
        else:
            draft = Draft(*_identify(action, visit, at), referrer=None)
            if not _read_action(action, row, draft):
                yield Nothing.NO_EVENT
                continue
            _read_visitor(row, draft)
            if is_first:
                _read_origin(row, draft)
                is_first = False
            yield draft


def _identify(action: Mapping[str, Any], visit: str, at: datetime) -> tuple[str, datetime, str, bool]:
    """What tells an action from all others, also in a visit that goes on after an export; a goal has no id."""
    if page_id := read_text(action.get("pageId")):
        return f"{visit}\0{page_id}", at, PAGE_VIEW, True
    what = (action.get(name) for name in ("type", "timestamp", "goalId", "orderId"))
    return "\0".join((visit, *map(read_text, what))), at, PAGE_VIEW, False


def _read_action(action: Mapping[str, Any], visit: Mapping[str, Any], draft: Draft) -> bool:
    """What happened, and where; returns whether it is an event."""
    kind = action.get("type")
    draft.url, props = _read_url(action.get("url")), _read_dimensions(action)
    if kind == "action":
        draft.title = read_text(action.get("pageTitle") or action.get("title"))
    elif kind in _LINKS:
        draft.name, draft.url = _LINKS[kind], ""
        props["url"] = re.split("[?#]", read_text(action.get("url")))[0]
    elif kind == "event":
        draft.name = read_text(action.get("eventCategory"))
        props |= {
            "action": action.get("eventAction"),
            "name": action.get("eventName"),
            "value": action.get("eventValue"),
        }
    elif kind in ("search", "siteSearch"):
        draft.name = "site_search"
        props |= {"keyword": action.get("siteSearchKeyword"), "category": action.get("siteSearchCategory"),
                  "results": action.get("siteSearchCount")}  # fmt: skip
    elif kind == "goal":
        draft.name = "goal"
        props |= {"goal": action.get("goalId")}
        _read_revenue(action, visit, draft)
    elif kind == "ecommerceOrder":
        draft.name, draft.url = "order", ""
        props |= {name: action.get(given) for name, given in _ORDER.items()}
        _read_revenue(action, visit, draft)
    elif kind == "ecommerceAbandonedCart":
        draft.name, draft.url = "cart", ""
        props |= {"items": action.get("items"), "revenue": action.get("revenue")}
    else:  # contents, form steps, media, recordings
        return False
    draft.props = {name: value for name, value in props.items() if not isinstance(value, list | dict)}
    return True


def _read_url(given: Any) -> str:
    """A page's URL; Matomo may leave out the scheme."""
    url = read_text(given)
    return f"https://{url}" if url and "://" not in url else url


def _read_revenue(action: Mapping[str, Any], visit: Mapping[str, Any], draft: Draft) -> None:
    draft.amount, draft.currency = action.get("revenue"), read_text(visit.get("siteCurrency"))
    if draft.amount in (0, "0"):
        draft.amount = None


def _read_dimensions(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if _DIMENSION.fullmatch(name)}


def _read_visitor(visit: Mapping[str, Any], draft: Draft) -> None:
    texts = read_texts(visit)
    draft.user = texts.get("userId") or texts["visitorId"]
    draft.country, draft.city = texts.get("countryCode", ""), texts.get("city", "")
    draft.region = texts.get("region", "")
    draft.browser, draft.system = texts.get("browserName", ""), texts.get("operatingSystemName", "")
    draft.device, draft.language = texts.get("deviceType", ""), texts.get("languageCode", "")
    draft.screen = texts.get("resolution", "")
    draft.props = {**_read_dimensions(visit), **draft.props}


def _read_origin(visit: Mapping[str, Any], draft: Draft) -> None:
    """A visit's first event says where it came from. A campaign's name and keyword are kept as utm_*."""
    kind, name = visit.get("referrerType"), read_text(visit.get("referrerName"))
    draft.referrer = read_text(visit.get("referrerUrl"))
    if kind == "campaign":
        given = {"utm_campaign": visit.get("campaignName") or name, "utm_source": visit.get("campaignSource"),
                 "utm_medium": visit.get("campaignMedium"), "utm_content": visit.get("campaignContent"),
                 "utm_term": visit.get("campaignKeyword") or visit.get("referrerKeyword")}  # fmt: skip
        draft.campaign = {key: text for key, value in given.items() if (text := read_text(value))}
    elif kind in ("search", "social") and not draft.referrer:
        draft.source = name
