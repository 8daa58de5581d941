"""Umami's table website_event as CSV, with the columns of its session beside (docs/moving/umami.md has the query)."""

from collections.abc import Iterator
from typing import Any

from infra.importer.formats.combined import Unparsable
from infra.importer.histories.draft import Draft, Nothing, read_moment, read_texts
from infra.importer.histories.records import Row, find_json

NEEDS = ("event_id", "website_id", "session_id", "created_at", "event_type", "url_path")
_VIEW, _EVENT = "1", "2"
_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
_CLICK_IDS = ("gclid", "fbclid", "msclkid", "ttclid", "li_fat_id", "twclid")


def read(row: Row) -> Iterator[Draft | Unparsable | Nothing]:
    """The event of a row."""
    texts = read_texts(row)
    kind, at = texts["event_type"], read_moment(texts["created_at"])
    if at is None or not texts["event_id"]:
        yield Unparsable("its created_at is no time" if at is None else "it has no event_id")
        return
    if kind not in (_VIEW, _EVENT):  # short links, pixels, measurements of speed
        yield Nothing.NO_EVENT
        return
    draft = Draft(texts["event_id"], at, url=_make_url(texts), referrer=_make_referrer(texts))
    if kind == _EVENT:
        draft.name = texts.get("event_name", "")
    draft.campaign = {name: texts[name] for name in _CAMPAIGN if texts.get(name)}
    draft.click_id = next((name for name in _CLICK_IDS if texts.get(name)), "")
    draft.user = texts.get("distinct_id") or texts["session_id"]
    draft.title = texts.get("page_title", "")
    draft.country, draft.city = texts.get("country", ""), texts.get("city", "")
    draft.region = texts.get("region") or texts.get("subdivision1", "")
    draft.browser, draft.system = texts.get("browser", ""), texts.get("os", "")
    draft.device = texts.get("device", "")
    draft.language, draft.screen = texts.get("language", ""), texts.get("screen", "")
    _read_data(row.get("event_data"), texts.get("tag", ""), draft)
    yield draft


def _make_url(texts: dict[str, str]) -> str:
    path, query = texts["url_path"] or "/", texts.get("url_query", "")
    path = path if path.startswith("/") else f"/{path}"
    host = texts.get("hostname", "")
    return (f"https://{host}" if host else "") + path + (f"?{query.removeprefix('?')}" if query else "")


def _make_referrer(texts: dict[str, str]) -> str:
    domain, path = texts.get("referrer_domain", ""), texts.get("referrer_path", "")
    return f"https://{domain}{path if path.startswith('/') else f'/{path}'}" if domain else ""


def _read_data(given: Any, tag: str, draft: Draft) -> None:
    """`event_data`: an object of the event's own data, if the query gathered it."""
    data = find_json(given)
    data = dict(data) if isinstance(data, dict) else {}
    if "revenue" in data and isinstance(data.get("currency"), str):
        draft.amount, draft.currency = data.pop("revenue"), data.pop("currency")
    draft.props = {**data, "tag": tag} if tag else data
