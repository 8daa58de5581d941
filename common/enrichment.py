"""What an event carries beside its key: what its sender gave, and what follows from the request. Pure.

Addresses and user agents are read here and go no further: nothing that is returned holds them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from common.completion import refuse
from common.derivation.agent import Agent, read_agent
from common.derivation.language import read_language
from common.derivation.page import Page, read_url
from common.derivation.place import Place, Places
from common.derivation.referral import find_referral
from common.derivation.suspicion import find_suspicion
from common.event import MAX_TITLE_BYTES
from common.incoming_event import IncomingEvent
from common.visitor import Salts, make_visitor_id

Origin = Literal["event", "request", "nobody"]


@dataclass(frozen=True)
class Sender:
    """What a request shows of who sent it: the connection's address, and header fields. Empty: unknown."""

    address: str = ""
    user_agent: str = ""
    accept_language: str = ""
    is_not_to_be_tracked: bool = False
    """DNT: 1 or Sec-GPC: 1."""


@dataclass(frozen=True)
class Visitor:
    """Whose event it is, as far as anything is known of them, and where that is known from."""

    origin: Origin
    address: str = ""
    user_agent: str = ""
    accept_language: str = ""
    is_not_to_be_tracked: bool = False


NOBODY = Visitor("nobody")


def find_visitor(incoming: IncomingEvent, sender: Sender) -> Visitor:
    """Whose event it is: whom it names itself, else the request's own sender, if that may be the visitor.

    With a user_id a request comes from a server as well as from a browser, and a server's address and HTTP
    library are not its visitors'. So the request then counts only where it is a browser's.
    """
    if incoming.user_agent is not None or incoming.ip is not None or incoming.country is not None:
        return Visitor("event", incoming.ip or "", incoming.user_agent or "")
    if incoming.user_id is None or is_browser(sender.user_agent):
        return Visitor(
            "request", sender.address, sender.user_agent, sender.accept_language, sender.is_not_to_be_tracked
        )
    return NOBODY


def is_browser(user_agent: str) -> bool:
    """Whether it is a browser's: all of them begin alike, and known crawlers that do so, too, are listed."""
    return user_agent.startswith(("Mozilla/", "Opera/")) and find_suspicion(user_agent, None) is None


@dataclass(frozen=True)
class Enrichment:
    """Derives the fields of events that came in one request."""

    places: Places
    sender: Sender
    salts: Salts | None
    """None: no visitor gets a derived id."""
    honours_do_not_track: bool = True

    def derive(self, incoming: IncomingEvent, timestamp: datetime) -> dict[str, Any]:
        """The event's fields beside those of its key; raises InvalidInput for a url that is none."""
        known = _read_page(incoming)
        page = known or Page()
        visitor = find_visitor(incoming, self.sender)
        agent = read_agent(visitor.user_agent) if visitor.user_agent else Agent()
        place = self._find_place(incoming, visitor)
        # without url and referrer nobody knows where an event came from, not even that it came directly
        referral = find_referral(incoming.referrer, known, page.hostname)
        language = incoming.language or visitor.accept_language
        return {
            **self._identify(incoming, timestamp, visitor),
            "path": incoming.path if page.path is None else page.path,
            "hostname": page.hostname,
            "title": _cut(incoming.title or "", MAX_TITLE_BYTES),
            "referrer": referral.referrer,
            "source": referral.source,
            "channel": referral.channel,
            "utm_source": page.utm_source,
            "utm_medium": page.utm_medium,
            "utm_campaign": page.utm_campaign,
            "utm_term": page.utm_term,
            "utm_content": page.utm_content,
            "country": place.country,
            "region": place.region,
            "city": place.city,
            "browser": agent.browser,
            "os": agent.os,
            "device": agent.device,
            "language": read_language(language) if language else None,
            "screen": incoming.screen or None,
            "props": _read_properties(incoming.props),
            "revenue": incoming.revenue.model_dump() if incoming.revenue else None,
            "filtered": find_suspicion(visitor.user_agent, incoming.referrer) if incoming.user_id is None else None,
        }

    def describe_sender(self) -> dict[str, str | None]:
        """What is read from the request itself, for who wants to know why."""
        agent, place = read_agent(self.sender.user_agent), self.places.find(self.sender.address)
        return {
            "country": place.country,
            "browser": agent.browser,
            "os": agent.os,
            "device": agent.device,
            "language": read_language(self.sender.accept_language),
        }

    def _identify(self, incoming: IncomingEvent, timestamp: datetime, visitor: Visitor) -> dict[str, str | None]:
        if self.honours_do_not_track and visitor.is_not_to_be_tracked:
            return {}
        if incoming.user_id is not None:
            return {"user_id": incoming.user_id}
        salts = self.salts
        if salts is None or not (visitor.address and visitor.user_agent and salts.covers(timestamp.date())):
            return {}
        who = (incoming.site_id, visitor.address, visitor.user_agent)
        return {
            "visitor_id": make_visitor_id(salts.current, *who),
            "previous_visitor_id": make_visitor_id(salts.previous, *who) if salts.previous else None,
        }

    def _find_place(self, incoming: IncomingEvent, visitor: Visitor) -> Place:
        place = self.places.find(visitor.address) if visitor.address else Place()
        return place if incoming.country in (None, place.country) else Place(incoming.country)


def _read_page(incoming: IncomingEvent) -> Page | None:
    if incoming.url is None:
        return None
    try:
        return read_url(incoming.url)
    except ValueError as error:
        raise refuse("/url", f"{error}.") from None


def _read_properties(given: Mapping[str, bool | int | float | str | None] | None) -> dict[str, str] | None:
    """Numbers and booleans as JSON spells them; an empty text and null are no values."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in (given or {}).items()
        if value is not None
    }
    return {name: text for name, text in texts.items() if text} or None


def _cut(text: str, limit: int) -> str | None:
    """The first `limit` bytes of a text, whole characters only; None if there are none."""
    if len(text) * 4 > limit:
        text = text.encode()[:limit].decode(errors="ignore")
    return text or None
