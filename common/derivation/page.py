"""A page's URL, taken apart."""

from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from common.derivation.sources import find_click_ids
from common.derivation.text import shorten
from common.derivation.url import cut_path, split_url
from common.event import MAX_CAMPAIGN_BYTES, MAX_PATH_BYTES

MAX_URL_LENGTH = 65_536
"""Characters of a URL that are read: a query may be longer than any path, and little of it is kept."""
MAX_PARAMETERS = 1_000
"""Parameters of a query that are read: 65,536 characters may hold as many of them, which took 17 ms."""
_MAX_CACHED_LENGTH = 2_000

NONE_KEPT: frozenset[str] = frozenset()
ALL_PARAMETERS = "*"
"""Among the parameters that are kept: all of them."""

_CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_SOURCE = ("utm_source", "ref", "source")
"""Parameters that name the source. The first one in the URL counts."""


class Page(NamedTuple):
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

    @property
    def has_campaign(self) -> bool:
        """Whether its query says who sent the visitor."""
        return bool(self.utm_source or self.utm_medium or self.utm_campaign or self.click_id)


def read_url(url: str, kept: frozenset[str] = NONE_KEPT) -> Page:
    """Take an http(s) URL apart. Raises ValueError, with a sentence for the client, for anything else.

    Host and path are those that a browser would go to: see `split_url`. Of the query, the parameters `kept` stay in the
    path. A path is cut to what can be stored, and of the URL no more is read than `MAX_URL_LENGTH`.
    """
    # a longer one is hardly ever seen twice, and thousands of them would fill the memory
    if len(url) <= _MAX_CACHED_LENGTH:
        return _read_url(url, kept)
    return _read_url.__wrapped__(url[:MAX_URL_LENGTH], kept)


def read_path(path: str, kept: frozenset[str] = NONE_KEPT) -> Page:
    """What a path says that was sent without its host. Its query is read and kept as that of a URL; a fragment is not.

    A query may hold a token or an address that nobody meant to store.
    """
    before_fragment = path.partition("#")[0]
    bare, _, query = before_fragment.partition("?")
    query = query[:MAX_URL_LENGTH]
    whole = _keep_parameters(bare or "/", query, kept)
    stored = cut_path(whole, len(whole.encode()[:MAX_PATH_BYTES].decode(errors="ignore")))
    return Page(None, stored, **_read_query(query), is_path_cut=stored != whole)


@lru_cache(maxsize=2048)
def _read_url(url: str, kept: frozenset[str]) -> Page:
    if "\0" in url:
        raise ValueError("URL should not have the character U+0000")
    parts = split_url(url)
    whole = _keep_parameters(parts.path, parts.query, kept)
    path = cut_path(whole, MAX_PATH_BYTES)
    return Page(parts.host, path, **_read_query(parts.query), is_path_cut=path != whole)


def _keep_parameters(path: str, query: str, kept: frozenset[str]) -> str:
    """The path, and of its query the parameters that are kept, as they were sent and in that order."""
    if not query or not kept:
        return path
    if ALL_PARAMETERS in kept:
        return f"{path}?{query}"
    parts = query.split("&", MAX_PARAMETERS)[:MAX_PARAMETERS]
    parameters = [part for part in parts if unquote_plus(part.partition("=")[0]) in kept]
    return f"{path}?{'&'.join(parameters)}" if parameters else path


def _read_query(query: str) -> dict[str, Any]:
    if not query:
        return {}
    values: dict[str, str] = {}
    click_ids = find_click_ids()
    click_id = None
    for part in query.split("&", MAX_PARAMETERS)[:MAX_PARAMETERS]:
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
