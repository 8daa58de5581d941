"""A page's URL, taken apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from common.derivation.sources import find_click_ids
from common.derivation.text import shorten
from common.derivation.url import cut_path, split_url
from common.event import MAX_CAMPAIGN_BYTES, MAX_PATH_BYTES

MAX_URL_LENGTH = 65_536
"""Characters of a URL that are read: a query may be longer than any path, and little of it is kept."""
_MAX_CACHED_LENGTH = 2_000

_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_SOURCE = ("utm_source", "ref", "source")
"""Parameters that name the source. The first one in the URL counts."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page's URL says. Absent values are None, never ''."""

    hostname: str | None = None
    path: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    click_id: str | None = None
    """The name of the advertising network's click id parameter, such as gclid, if the URL has one."""
    is_path_cut: bool = False


def read_url(url: str) -> Page:
    """Take an http(s) URL apart. Raises ValueError, with a sentence for the client, for anything else.

    Host and path are those that a browser would go to, without query and fragment: see `split_url`. A path is cut to
    what can be stored, and of the URL no more is read than `MAX_URL_LENGTH`.
    """
    # a longer one is hardly ever seen twice, and thousands of them would fill the memory
    return _read_url(url) if len(url) <= _MAX_CACHED_LENGTH else _read_url.__wrapped__(url[:MAX_URL_LENGTH])


def keep_parameters(url: str, path: str, names: Sequence[str]) -> str:
    """The path of a URL with those parameters of its query that have one of these names, in the order of the names."""
    query = split_url(url[:MAX_URL_LENGTH]).query
    parts = [part for part in query.split("&") if part.partition("=")[2]]
    kept = [part for name in names for part in parts if unquote_plus(part.partition("=")[0]) == name]
    return cut_path(f"{path}?{'&'.join(kept)}", MAX_PATH_BYTES) if kept else path


@lru_cache(maxsize=2048)
def _read_url(url: str) -> Page:
    if "\0" in url:
        raise ValueError("URL should not have the character U+0000")
    parts = split_url(url)
    path = cut_path(parts.path, MAX_PATH_BYTES)
    return Page(parts.host, path, **_read_query(parts.query), is_path_cut=path != parts.path)


def _read_query(query: str) -> dict[str, Any]:
    if not query:
        return {}
    values: dict[str, str] = {}
    click_ids = find_click_ids()
    click_id = None
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if "%" in name:
            name = unquote_plus(name)
        if name in _CAMPAIGN or name in _SOURCE:
            if name not in values and (text := shorten(unquote_plus(value), MAX_CAMPAIGN_BYTES)):
                values[name] = text
        elif click_id is None and value and (lowered := name.lower()) in click_ids:
            click_id = lowered
    source = next((values[name] for name in _SOURCE if name in values), None)
    return {**{name: values.get(name) for name in _CAMPAIGN}, "utm_source": source, "click_id": click_id}
