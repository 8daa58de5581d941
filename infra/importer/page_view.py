"""A request of the log as the event that ingest is sent."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import to_json

from common.derivation.place import Places
from common.derivation.url import split_url
from common.event import PAGE_VIEW
from common.incoming_event import MAX_GIVEN_BYTES, REFERRER
from common.settings import Settings
from infra.importer.errors import ImportStopped
from infra.importer.formats.combined import Request, unescape
from infra.importer.identity import make_event_id
from infra.importer.rule import Rule, read_path
from infra.importer.visitor import make_user_id

_ABSENT = b"-"


class PageView(NamedTuple):
    """An event as JSON, and what it is stored under."""

    body: bytes
    key: tuple[str, str]
    """Timestamp and event id."""


class PageViews:
    """Makes the events of one import. What it knows of a visitor's address is a country, and a keyed hash."""

    def __init__(self, site_id: str, rule: Rule, key: bytes, settings: Settings) -> None:
        """Raises ImportStopped for a rule or a database of places that can't be used."""
        if rule.hostname and rule.keep_query:
            raise ImportStopped(
                "Either give the host name or keep the query: of a whole URL the query is no part of the path."
            )
        self._site_id = site_id
        self._origin = f"https://{rule.hostname}" if rule.hostname else ""
        self._rule = rule
        self._key = key
        places = _open_places(settings)
        self._find_country = lru_cache(maxsize=4096)(lambda address: places.find(address.decode()).country)

    def encode(self, request: Request, timestamp: str, before: int, is_person: bool = True) -> PageView:
        """The event of a line that came `before` times already, at a time with its offset (RFC 3339).

        A bot's has no `user_id`, so that ingest sets it aside.
        """
        event_id = make_event_id(self._key, self._site_id, request.line, before)
        event = {
            "site_id": self._site_id,
            "event_type": PAGE_VIEW,
            **self._name_page(request.target),
            "timestamp": timestamp,
            "event_id": event_id,
            "user_agent": _read_text(request.agent),
            **_read_referrer(request.referrer),
        }
        if is_person:
            event["user_id"] = make_user_id(self._key, self._site_id, request.address, request.agent)
        if request.address.isascii() and (country := self._find_country(request.address)):
            event["country"] = country
        return PageView(to_json(event), (timestamp, event_id))

    def _name_page(self, target: bytes) -> dict[str, str]:
        path = read_path(target, self._rule)
        if not self._origin or not path.startswith("/"):
            return {"path": path}
        _, mark, query = read_path(target, Rule(keep_query=True), longest=MAX_GIVEN_BYTES // 2).partition("?")
        return {"url": f"{self._origin}{path}{mark}{query}"}


def read_hostname(given: str) -> str:
    """The site's host as URLs have it: in lower case, a name in another script in Punycode.

    Raises ImportStopped for what is no host alone.
    """
    if not given:
        return ""
    try:
        if re.search(r"[\s/:@?#\\]", given) and not given.startswith("["):
            raise ValueError
        return split_url(f"https://{given}/").host
    except ValueError:
        raise ImportStopped(
            "The host name should be one alone, such as www.example.com or bücher.example: no scheme, port or path."
        ) from None


def _open_places(settings: Settings) -> Places:
    try:
        return Places.open(Path(settings.places_mmdb) if settings.places_mmdb else None)
    except ValueError as error:
        raise ImportStopped(f"{error} (setting: PLACES_MMDB).") from error


@lru_cache(maxsize=4096)
def _read_referrer(logged: bytes) -> dict[str, Any]:
    """Absent, it says that there was none; what is no URL is left out."""
    text = _read_text.__wrapped__(logged)
    return {"referrer": text} if re.fullmatch(REFERRER, text) else {}


@lru_cache(maxsize=4096)
def _read_text(logged: bytes) -> str:
    """A field as the client sent it, as far as it can be an event's."""
    if logged == _ABSENT:
        return ""
    text = unescape(logged).decode(errors="replace").replace("\0", "")
    return text.encode()[:MAX_GIVEN_BYTES].decode(errors="ignore")
