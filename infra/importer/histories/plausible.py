"""Plausible's table events_v2 in ClickHouse: JSONEachRow, CSVWithNames or TabSeparatedWithNames."""

import re
from collections.abc import Iterator
from typing import Any

from common.event import ENGAGEMENT, PAGE_VIEW
from infra.importer.formats.combined import Unparsable
from infra.importer.histories.depths import Depths
from infra.importer.histories.draft import Draft, read_moment, read_number, read_texts
from infra.importer.histories.history import ReadRow
from infra.importer.histories.records import Row, read_list

NEEDS = ("name", "site_id", "hostname", "pathname", "user_id", "session_id", "timestamp")
_EVENTS = {
    "pageview": PAGE_VIEW,
    "Outbound Link: Click": "outbound_link",
    "File Download": "file_download",
    "Form: Submission": "form_submit",
}
_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_NO_DEPTH = 255


def open_reader() -> ReadRow:
    """A reader that remembers how far pages were seen: rows should come in the order of their time."""
    depths = Depths()

    def read(row: Row) -> Iterator[Draft | Unparsable]:
        texts = read_texts(row)
        at = read_moment(texts["timestamp"])
        if at is None:
            yield Unparsable(f"its timestamp is no time: {texts['timestamp'][:40]}")
            return
        draft = _read_event(texts, at)
        page = (texts["session_id"], texts["hostname"], texts["pathname"])
        if draft.name == PAGE_VIEW:
            depths.forget(page)
        elif draft.name == ENGAGEMENT:
            _read_engagement(texts, page, depths, draft)
        draft.props = dict(zip(read_list(row.get("meta.key")), read_list(row.get("meta.value")), strict=False))
        _read_link(draft)
        yield draft

    return read


def _read_event(texts: dict[str, str], at: Any) -> Draft:
    identity = "\0".join(texts[name] for name in ("timestamp", "user_id", "session_id", "name", "hostname", "pathname"))
    draft = Draft(identity, at, is_identity_unique=False)
    draft.name = _EVENTS.get(texts["name"], texts["name"])
    path, host = texts["pathname"] or "/", texts["hostname"]
    path = path if path.startswith("/") else f"/{path}"
    draft.url = f"https://{host}{path}" if host and "(" not in host else path
    referrer = texts.get("referrer", "")
    draft.referrer = referrer if not referrer or "://" in referrer else f"https://{referrer}"
    draft.source = texts.get("referrer_source", "")
    draft.source = "" if draft.source == "Direct / None" else draft.source
    draft.campaign = {name: texts[name] for name in _CAMPAIGN if texts.get(name)}
    draft.click_id = texts.get("click_id_param", "")
    draft.user = texts["user_id"]
    draft.country, draft.region = texts.get("country_code", "").strip("\0"), texts.get("subdivision1_code", "")
    draft.browser, draft.system = texts.get("browser", ""), texts.get("operating_system", "")
    draft.device = texts.get("screen_size", "")
    amount = texts.get("revenue_source_amount", "")
    draft.amount = amount.rstrip("0").rstrip(".") if "." in amount else amount
    draft.currency = texts.get("revenue_source_currency", "").strip("\0")
    return draft


def _read_engagement(texts: dict[str, str], page: tuple[str, ...], depths: "Depths", draft: Draft) -> None:
    """Plausible says how far the page was seen in all, and nothing of what it had said before."""
    draft.referrer, draft.source = None, ""
    draft.engaged_ms = read_number(texts.get("engagement_time")) or 0
    told = read_number(texts.get("scroll_depth"))
    depth = round(told) if told is not None and told < _NO_DEPTH else None
    draft.scroll_depth, draft.scroll_depth_before = depths.report(page, depth)


def _read_link(draft: Draft) -> None:
    """A link's or a file's address stands in a property; its query may hold what nobody meant to store."""
    if draft.name in ("outbound_link", "file_download") and "url" in draft.props:
        draft.props = {**draft.props, "url": re.split("[?#]", draft.props["url"])[0]}
