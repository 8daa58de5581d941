"""Another tracker's event made into one of ours. Pure.

What can't be stored is left out or cut, as ingest does it: a file can't be asked again.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from common.derivation.codes import load_countries
from common.derivation.fields import describe_origin, present
from common.derivation.language import read_language
from common.derivation.page import Page, read_path, read_url
from common.derivation.referral import Referral, find_referral
from common.derivation.sources import find_by_name
from common.derivation.text import shorten
from common.event import (
    EARLIEST,
    ENGAGEMENT,
    LATEST,
    MAX_CAMPAIGN_BYTES,
    MAX_ENGAGED_MS,
    MAX_LABEL_BYTES,
    MAX_NAME_BYTES,
    MAX_PROPERTIES,
    MAX_PROPERTY_BYTES,
    MAX_PROPERTY_NAME_BYTES,
    MAX_TITLE_BYTES,
    MAX_USER_BYTES,
    PAGE_VIEW,
)
from common.incoming_event import IncomingRevenue
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.draft import Draft
from infra.importer.histories.names import name_browser, name_device, name_system
from infra.importer.identity import Occurrences, make_event_id
from infra.importer.page_view import PageView

_SCREEN = re.compile(r"[0-9]{1,5}x[0-9]{1,5}")
_get_visitor = attrgetter("country", "region", "city", "browser", "system", "device", "language", "screen")
_MAX_CACHED_LENGTH = 2_000
"""Of a URL and a referrer: a longer one is hardly ever seen twice, and thousands would fill the memory."""
_NO_KEY = b""
"""No address is in what an id is made from, so there is nothing to guess: every machine makes the same ids."""


class Drafts:
    """Makes the events of one file."""

    def __init__(self, site_id: str, tracker: str, kept: frozenset[str]) -> None:
        """`tracker`: its ids are apart from those of others. `kept`: query parameters that stay part of a path."""
        self._site_id, self._tracker, self._kept = site_id, tracker, kept
        self._occurrences = Occurrences()

    def finish(self, draft: Draft) -> PageView | Unparsable:
        """The event as it is sent."""
        campaign = tuple(draft.campaign.items())
        is_long = len(draft.url) + len(draft.referrer or "") > _MAX_CACHED_LENGTH
        describe = _describe_page.__wrapped__ if is_long else _describe_page
        try:
            page = describe(draft.url, draft.referrer, draft.source, campaign, draft.click_id, self._kept)
        except ValueError as error:
            return Unparsable(f"its page: {error}")
        if "path" not in page and draft.name in (PAGE_VIEW, ENGAGEMENT):
            return Unparsable("it names no page")
        if not EARLIEST <= draft.at < LATEST:
            return Unparsable(f"its time, {draft.at.isoformat()}, is not from 1970 to 2199")
        name = shorten(draft.name, MAX_NAME_BYTES)
        if name is None:
            return Unparsable("it does not say what happened")
        timestamp = draft.at.isoformat().replace("+00:00", "Z")
        event_id = self._make_id(draft)
        event: dict[str, Any] = {
            "site_id": self._site_id,
            "event_type": name,
            "timestamp": timestamp,
            "event_id": event_id,
            **page,
            **_describe_visitor(*_get_visitor(draft)),
        }
        if user := shorten(draft.user, MAX_USER_BYTES):
            event["user_id"] = user
        if title := shorten(draft.title, MAX_TITLE_BYTES):
            event["title"] = title
        if props := _read_props(draft.props):
            event["props"] = props
        if revenue := _read_revenue(draft):
            event["revenue"] = revenue
        if name == ENGAGEMENT:
            event |= _read_engagement(draft)
        if draft.filtered:
            event["filtered"] = draft.filtered
        return PageView(to_json(event), (timestamp, event_id))

    def _make_id(self, draft: Draft) -> str:
        line = f"{self._tracker}\0{draft.identity}".encode(errors="replace")
        before = 0 if draft.is_identity_unique else self._occurrences.count(line)
        return make_event_id(_NO_KEY, self._site_id, line, before)


@lru_cache(maxsize=8192)
def _describe_page(
    url: str,
    referrer: str | None,
    source: str,
    campaign: tuple[tuple[str, str], ...],
    click_id: str,
    kept: frozenset[str],
) -> dict[str, str]:
    """Where it was, and where its visitor came from; most events have that in common with others.

    Raises ValueError for a URL that is none.
    """
    page = _read_page(url.replace("\0", ""), kept)
    given: dict[str, Any] = {name: value for name, text in campaign if (value := shorten(text, MAX_CAMPAIGN_BYTES))}
    if click_id:
        given["click_id"] = click_id
    page = page._replace(**given)
    if source and not referrer:
        known = find_by_name(source)
        name = known.name if known else shorten(source, MAX_LABEL_BYTES)
        referral = Referral(None, name, known.channel if known else "referral")
    elif referrer is not None or page.has_campaign:
        referral = find_referral(referrer, page, page.hostname)
    else:
        referral = Referral()
    return present(path=page.path) | describe_origin(page, referral)


def _read_page(url: str, kept: frozenset[str]) -> Page:
    if not url:
        return Page()
    return read_url(url, kept) if url.startswith(("http://", "https://")) else read_path(url, kept)


@lru_cache(maxsize=4096)
def _describe_visitor(
    country: str, region: str, city: str, browser: str, system: str, device: str, language: str, screen: str
) -> dict[str, str]:
    """What is known of its visitor; most events have that in common with others."""
    known_system = name_system(system)
    return present(
        country=country.upper() if country.upper() in load_countries() else None,
        region=shorten(region, MAX_LABEL_BYTES),
        city=shorten(city, MAX_LABEL_BYTES),
        browser=shorten(name_browser(browser, known_system), MAX_LABEL_BYTES),
        os=shorten(known_system, MAX_LABEL_BYTES),
        device=name_device(device),
        language=read_language(language) if language else None,
        screen=screen if _SCREEN.fullmatch(screen) else None,
    )


def _read_props(given: Mapping[str, Any]) -> dict[str, str] | None:
    props: dict[str, str] = {}
    for name, value in given.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        kept_name, kept = shorten(name, MAX_PROPERTY_NAME_BYTES), shorten(text, MAX_PROPERTY_BYTES)
        if value is not None and kept_name and kept and len(props) < MAX_PROPERTIES:
            props[kept_name] = kept
    return props or None


def _read_revenue(draft: Draft) -> dict[str, str] | None:
    if draft.amount in (None, "") or not draft.currency:
        return None
    try:
        given = {"amount": draft.amount, "currency": draft.currency.upper()}
        return IncomingRevenue.model_validate(given).model_dump()
    except ValidationError:
        return None


def _read_engagement(draft: Draft) -> dict[str, int]:
    report = {"engaged_ms": round(min(draft.engaged_ms, MAX_ENGAGED_MS))}
    if draft.scroll_depth is not None:
        report["scroll_depth"] = draft.scroll_depth
    if draft.scroll_depth_before is not None:
        report["scroll_depth_before"] = draft.scroll_depth_before
    return report
