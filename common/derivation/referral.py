"""Finds where a visit came from: its source and channel."""

import re
from dataclasses import dataclass
from functools import lru_cache

from common.derivation.page import Page
from common.derivation.sources import (
    Channel,
    Source,
    find_by_address,
    find_by_app,
    find_by_click_id,
    find_by_host,
    find_by_name,
)
from common.derivation.text import shorten
from common.derivation.url import split_url
from common.event import MAX_LABEL_BYTES, MAX_REFERRER_BYTES
from common.hosts.domain import find_domain

_PAID = re.compile(
    r"cp[acmpv]|pp[cv]|paid.*|.*[ _-]paid|ads?|display|banner|expandable|interstitial|retargeting|remarketing"
)
_MEDIA: dict[str, Channel] = {
    "email": "email", "e-mail": "email", "e_mail": "email", "mail": "email", "newsletter": "email",
    "social": "social", "social-network": "social", "social_network": "social", "social-media": "social",
    "social_media": "social", "sm": "social", "organic": "search", "search": "search",
}  # fmt: skip
_APP = re.compile(r"(?:android|ios)-app://([a-z0-9_.-]*[a-z0-9_])(?![^/?#])", re.IGNORECASE)
_WEBMAIL = re.compile(
    r"(?:e-?|web|w|my|light)?mail(?:er|box)?(?:-?\d+|-b[a-z]+)?\.|deref-|(?:outlook|owa|zimbra|roundcube|poczta|correo)\."
)
"""How webmail hosts begin. The companies of 1&1 (GMX, WEB.DE) send every link through deref-."""
_NOWHERE = Page()

MAX_GIVEN_LENGTH = 4_096
"""How many characters of a referrer are read. No browser sends a longer one, and it would only fill the caches."""


@dataclass(frozen=True, slots=True)
class Referral:
    """Where a view came from. Absent values are None, never ''."""

    referrer: str | None = None
    """`host/path` of the referrer, without query, at most 1,000 bytes."""
    source: str | None = None
    """A name, such as Google, or the referrer's domain, its host (accounts.google.com) or the id of an app."""
    channel: Channel | None = None


def find_referral(referrer: str | None, page: Page | None, hostname: str | None) -> Referral:
    """Where a view came from, by its referrer (a URL) and what its page's URL says.

    `referrer`: '' says that there is none; None, that nobody knows. `page`: with what is known of the campaign, its
    host and path may be absent. `hostname`: the site's host where the page has none. Never raises. A referrer that
    is no URL says that there was one and not which: the channel is unknown then, not direct, if nothing else tells it.
    """
    if referrer is None and page is None:
        return Referral()
    return _find((referrer or "")[:MAX_GIVEN_LENGTH], page or _NOWHERE, (page and page.hostname) or hostname)


@lru_cache(maxsize=4096)
def _find(referrer: str, page: Page, own_host: str | None) -> Referral:
    host, shown = read_referrer(referrer)
    known = label = None
    is_webmail = is_internal = False
    if host and shown:
        if _APP.match(referrer):
            known, label = find_by_app(host), host
        elif not (is_internal := bool(own_host and _is_same_site(host, own_host.lower()))):
            known, label = find_by_address(host, shown[len(host) :]), _name(host)
            is_webmail = _WEBMAIL.match(host) is not None
    named = find_by_name(page.utm_source) if page.utm_source else None
    channel = _find_channel(page, known, named, is_internal=is_internal, is_webmail=is_webmail)
    if channel is None:
        channel = "referral" if host else None if referrer else "direct"
    if channel == "internal" or channel is None:
        return Referral(shown, None, channel)
    source = known or named or (find_by_click_id(page.click_id) if page.click_id else None)
    name = source.name if source else page.utm_source or label
    return Referral(shown, name and shorten(name, MAX_LABEL_BYTES), channel)


def _find_channel(
    page: Page, known: Source | None, named: Source | None, *, is_internal: bool, is_webmail: bool
) -> Channel | None:
    """The first rule that applies. What the site's owner said of a link comes before what its referrer tells."""
    medium = (page.utm_medium or "").lower()
    if page.click_id or _PAID.fullmatch(medium):
        return "paid"
    by_medium = _MEDIA.get(medium)
    if by_medium == "email":
        return "email"
    if named is not None and named.channel == "paid":
        return "paid"
    if is_internal:
        return "internal"
    if known is not None:
        return known.channel
    if is_webmail:
        return "email"
    if named is not None:
        return named.channel
    return by_medium or ("referral" if page.utm_source or medium else None)


@lru_cache(maxsize=1024)
def read_referrer(referrer: str) -> tuple[str | None, str | None]:
    """A referrer's host in lower case (or an app's id), and its `host/path`. (None, None) if it is not a URL."""
    if app := _APP.match(referrer):
        return app[1].lower(), app[1].lower()[:MAX_REFERRER_BYTES]
    try:
        parts = split_url(referrer)
    except ValueError:
        return None, None
    return parts.host, shorten(parts.host + (parts.path if parts.path != "/" else ""), MAX_REFERRER_BYTES)


def _is_same_site(host: str, own_host: str) -> bool:
    """Whether two hosts, in lower case, are of one site: the same, or of one registered domain."""
    if host.removeprefix("www.") == own_host.removeprefix("www."):
        return True
    domain = find_domain(host)
    return domain is not None and domain == find_domain(own_host)


def _name(host: str) -> str:
    """What the source is called that a host is, unless the list says so.

    Of a company that is in the list it is the host: accounts.google.com is neither Google's search nor all of Google.
    """
    domain = find_domain(host)
    if domain is None:
        return host
    return host.removeprefix("www.") if domain != host and find_by_host(domain) else domain
