"""What an event carries beside its key: what its sender gave, and what follows from the request. Pure.

Addresses and user agents are read here and go no further: nothing that is returned holds them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from common.derivation.agent import Agent, read_agent
from common.derivation.crawlers import find_crawler
from common.derivation.fields import describe_origin, present
from common.derivation.language import read_language
from common.derivation.page import NONE_KEPT, Page, read_path, read_url
from common.derivation.place import Place, Places
from common.derivation.referral import MAX_GIVEN_LENGTH, find_referral, read_referrer
from common.derivation.suspicion import find_suspicion
from common.errors import Fault
from common.event import MAX_TITLE_BYTES
from common.incoming_event import IncomingEvent
from common.visitor import Salts, make_visitor_id
from functions.ingest.dropped_fields import find_dropped
from functions.ingest.refusal import refuse
from functions.ingest.sites.judgement import NO_SITES, SiteJudge, Sites
from functions.ingest.speaker import ANYBODY, Speaker

Origin = Literal["event", "request", "nobody"]


class Sender(NamedTuple):
    """What a request shows of who sent it: the connection's address, and header fields. Empty: unknown."""

    address: str = ""
    user_agent: str = ""
    accept_language: str = ""
    is_not_to_be_tracked: bool = False
    """DNT: 1 or Sec-GPC: 1."""
    page: str = ""
    """The page that sent it, or that page's origin: Origin, or else Referer, as browsers set them."""


class Visitor(NamedTuple):
    """The visitor of an event, as far as known, and where that knowledge comes from."""

    origin: Origin
    address: str = ""
    user_agent: str = ""
    accept_language: str = ""
    is_not_to_be_tracked: bool = False


_BARE = frozenset({"site_id", "event_type", "path", "user_id", "timestamp", "event_id"})
"""Fields of an event that says nothing of its page but the path, as many of a server's batches are."""
NOBODY = Visitor("nobody")
_NOWHERE = Place()
_NO_AGENT = Agent()
_NO_PAGE = Page()


def is_browser(user_agent: str) -> bool:
    """Whether this is a browser: all browsers' agents begin alike, and the crawlers that imitate them are listed."""
    return user_agent.startswith(("Mozilla/", "Opera/")) and find_suspicion(user_agent, None) is None


@dataclass(slots=True)
class Enrichment:
    """Derives the fields of events that came in one request."""

    places: Places
    sender: Sender
    salts: Salts | None
    """None: no visitor gets a derived id."""
    honours_do_not_track: bool = True
    kept: frozenset[str] = NONE_KEPT
    """The query parameters that stay part of a path, on every site."""
    sites: Sites = NO_SITES
    speaker: Speaker = ANYBODY
    dropped: list[tuple[str, Fault]] = field(init=False, default_factory=list)
    """The fields that the events so far are stored without, each with its site."""
    _anybody: Visitor = field(init=False)
    """The visitor of an event that names nobody: the request's sender."""
    _known: Visitor | None = field(init=False, default=None)
    """The visitor of an event that names a user alone, once there was one."""

    def __post_init__(self) -> None:
        self._anybody = Visitor("request", *self.sender[:4])

    def find_visitor(self, incoming: IncomingEvent) -> Visitor:
        """Whose event it is: whom it names itself, else the request's own sender, if that may be the visitor.

        With a user_id a request comes from a server as well as from a browser, and a server's address and HTTP
        library are not its visitors'. So the request then counts only where it is a browser's.
        """
        if incoming.user_agent is not None or incoming.ip is not None or incoming.country is not None:
            return Visitor("event", incoming.ip or "", incoming.user_agent or "")
        if incoming.user_id is None:
            return self._anybody
        if self._known is None:
            self._known = self._anybody if is_browser(self.sender.user_agent) else NOBODY
        return self._known

    def derive(self, incoming: IncomingEvent, timestamp: datetime) -> dict[str, Any]:
        """An event's fields apart from its key, without absent ones. Raises InvalidInput for a bad `url`."""
        visitor = self.find_visitor(incoming)
        judge = self.sites.judges.get(incoming.site_id)
        is_bare = incoming.model_fields_set <= _BARE
        fields = self._identify(incoming, timestamp, visitor, judge)
        own = judge.kept_parameters if judge is not None else NONE_KEPT
        page = _read_page(incoming, self.kept | own if own else self.kept)
        if page.path is not None:
            fields["path"] = page.path
        if incoming.url is not None or incoming.referrer is not None or page.has_campaign:
            fields |= _describe_origin(incoming, page, self.sender)
        if visitor is not NOBODY:
            fields |= self._describe_visitor(incoming, visitor, judge)
        tags = incoming.language or visitor.accept_language
        if tags and (language := read_language(tags)):
            fields["language"] = language
        if not is_bare:
            _add_given(fields, incoming)
        if not is_bare or page.is_path_cut or type(incoming.path) is not str:
            self.dropped += [(incoming.site_id, loss) for loss in find_dropped(incoming, page)]
        if judge is not None:
            host = self._find_host(fields) if judge.judges_hosts else None
            if reason := judge.judge(fields, visitor.address, host):
                fields["filtered"] = reason
        return fields

    def describe_sender(self) -> dict[str, str | None]:
        """What the request itself shows, for senders who want to know why."""
        agent, place = read_agent(self.sender.user_agent), self.places.find(self.sender.address)
        return {
            "country": place.country,
            "browser": agent.browser,
            "os": agent.os,
            "device": agent.device,
            "language": read_language(self.sender.accept_language),
        }

    def _find_host(self, fields: Mapping[str, Any]) -> str | None:
        """The page's host, if the event or the request says it."""
        host = fields.get("hostname")
        return read_referrer(self.sender.page)[0] if host is None and self.sender.page else host

    def _identify(
        self, incoming: IncomingEvent, timestamp: datetime, visitor: Visitor, judge: SiteJudge | None
    ) -> dict[str, Any]:
        if visitor.is_not_to_be_tracked and self._honours_it(judge):
            return {}
        if incoming.user_id is not None:
            return {"user_id": incoming.user_id}
        salts = self.salts
        if salts is None or not (visitor.address and visitor.user_agent and salts.covers(timestamp.date())):
            return {}
        is_believed = visitor.origin != "event" or self.speaker.may_speak(incoming.site_id)
        # no id of a site begins with U+0000: who is only said to be somebody is somebody else, and joins no visit
        site_id = incoming.site_id if is_believed else f"\0{incoming.site_id}"
        who = (site_id, visitor.address, visitor.user_agent)
        ids = {"visitor_id": make_visitor_id(salts.current, *who)}
        if salts.previous:
            ids["previous_visitor_id"] = make_visitor_id(salts.previous, *who)
        return ids

    def _honours_it(self, judge: SiteJudge | None) -> bool:
        own = judge.honours_do_not_track if judge is not None else None
        return self.honours_do_not_track if own is None else own

    def _describe_visitor(self, incoming: IncomingEvent, visitor: Visitor, judge: SiteJudge | None) -> dict[str, Any]:
        place = self.places.find(visitor.address) if visitor.address else _NOWHERE
        if incoming.country and incoming.country != place.country:
            place = Place(incoming.country)
        agent = read_agent(visitor.user_agent) if visitor.user_agent else _NO_AGENT
        suspicion = _suspect(visitor, incoming.referrer, judge) if incoming.user_id is None else None
        crawler = find_crawler(visitor.user_agent) if suspicion == "bot" else None
        return present(
            country=place.country,
            region=place.region,
            city=place.city,
            browser=agent.browser,
            os=agent.os,
            device=agent.device,
            filtered=suspicion,
        ) | ({"crawler": crawler.model_dump()} if crawler else {})


def _suspect(visitor: Visitor, referrer: str | None, judge: SiteJudge | None) -> str | None:
    agent = "" if judge is not None and judge.counts_bots else visitor.user_agent
    return find_suspicion(agent, referrer and referrer[:MAX_GIVEN_LENGTH])


def _describe_origin(incoming: IncomingEvent, page: Page, sender: Sender) -> dict[str, str]:
    # an event with path alone does not say on which host it was; the request of a browser does
    own_host = page.hostname or (read_referrer(sender.page)[0] if sender.page else None)
    # without a url and a referrer the origin is unknown; that is not the same as a direct visit
    says_origin = incoming.url is not None or page.has_campaign
    referral = find_referral(incoming.referrer, page if says_origin else None, own_host)
    return describe_origin(page, referral)


def _add_given(fields: dict[str, Any], incoming: IncomingEvent) -> None:
    """Add what an event says itself, and few events say."""
    if incoming.title:
        fields["title"] = _cut(incoming.title, MAX_TITLE_BYTES)
    if incoming.screen:
        fields["screen"] = incoming.screen
    if incoming.props and (props := _read_properties(incoming.props)):
        fields["props"] = props
    if incoming.revenue is not None:
        fields["revenue"] = incoming.revenue.model_dump()
    if incoming.engaged_ms is not None:
        fields |= _read_engagement(incoming)
    if incoming.interactive is False:
        fields["interactive"] = False


def _read_properties(given: Mapping[str, bool | int | float | str | None]) -> dict[str, str]:
    """Numbers and booleans as JSON spells them, -0 as 0; an empty text and null are no values."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value + 0.0 if isinstance(value, float) else value)
        for name, value in given.items()
        if value is not None
    }
    return {name: text for name, text in texts.items() if text}


def _read_page(incoming: IncomingEvent, kept: frozenset[str]) -> Page:
    path = incoming.path
    if path is not None:
        return read_path(path, kept) if "?" in path or "#" in path else Page(None, path)
    if incoming.url is None:
        return _NO_PAGE
    try:
        return read_url(incoming.url, kept)
    except ValueError as error:
        raise refuse("/url", f"{error}.") from None


def _read_engagement(incoming: IncomingEvent) -> dict[str, int]:
    read = {name: getattr(incoming, name) for name in ("engaged_ms", "scroll_depth", "scroll_depth_before")}
    return {name: value for name, value in read.items() if value is not None}


def _cut(text: str, limit: int) -> str | None:
    """The first `limit` bytes of a text, whole characters only; None if there are none."""
    if len(text) * 4 > limit:
        text = text.encode()[:limit].decode(errors="ignore")
    return text or None
