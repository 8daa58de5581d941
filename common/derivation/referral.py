"""Where a visit came from."""

import re
from dataclasses import dataclass
from functools import lru_cache

from common.derivation.domain import find_domain
from common.derivation.page import Page
from common.derivation.sources import Channel, Source, find_by_click_id, find_by_host, find_by_name
from common.derivation.text import shorten
from common.derivation.url import split_url
from common.event import MAX_LABEL_BYTES, MAX_REFERRER_BYTES

_PAID = re.compile(
    r"cp[acmpv]|pp[cv]|paid.*|.*[ _-]paid|ads?|display|banner|expandable|interstitial|retargeting|remarketing"
)
_MEDIA: dict[str, Channel] = {
    "email": "email", "e-mail": "email", "e_mail": "email", "mail": "email", "newsletter": "email",
    "social": "social", "social-network": "social", "social_network": "social", "social-media": "social",
    "social_media": "social", "sm": "social", "organic": "search", "search": "search",
}  # fmt: skip
_APP = re.compile(r"android-app://([a-z0-9_.-]*[a-z0-9_])(?![^/?#])", re.IGNORECASE)
_WEBMAIL = ("mail.", "webmail.")
_NOWHERE = Page()

MAX_GIVEN_LENGTH = 4_096
"""Characters of a referrer that are read: a longer one than any browser sends is not worth a place in the caches."""


@dataclass(frozen=True, slots=True)
class Referral:
    """Where a view came from. Absent values are None, never ''."""

    referrer: str | None = None
    """`host/path` of the referrer, without query, at most 1,000 bytes."""
    source: str | None = None
    """A name, such as Google, or the referrer's domain."""
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
    is_internal = bool(host and own_host and _is_same_site(host, own_host.lower()))
    known = find_by_host(host) if host and not is_internal else None
    named = find_by_name(page.utm_source) if page.utm_source else None
    channel = _find_channel(host, page, is_internal, known, named)
    if channel == "direct" and referrer:
        return Referral()
    if channel == "internal":
        return Referral(shown, None, channel)
    advertiser = find_by_click_id(page.click_id) if page.click_id else None
    source = known or named or advertiser
    domain = host and not is_internal and (find_domain(host) or host)
    name = source.name if source else page.utm_source or domain or None
    return Referral(shown, name and shorten(name, MAX_LABEL_BYTES), channel)


def _find_channel(
    host: str | None, page: Page, is_internal: bool, known: Source | None, named: Source | None
) -> Channel:
    """The first rule that applies. What the site's owner said of a link comes before what its referrer tells."""
    medium = (page.utm_medium or "").lower()
    if page.click_id or _PAID.fullmatch(medium):
        return "paid"
    by_medium = _MEDIA.get(medium)
    if by_medium == "email":
        return "email"
    if is_internal:
        return "internal"
    if known is not None:
        return known.channel
    if host and host.startswith(_WEBMAIL):
        return "email"
    if named is not None:
        return named.channel
    if by_medium:
        return by_medium
    return "referral" if host or page.utm_source or medium else "direct"


@lru_cache(maxsize=1024)
def read_referrer(referrer: str) -> tuple[str | None, str | None]:
    """A referrer's host in lower case (or Android app), and its `host/path`; (None, None) for what is no URL."""
    if app := _APP.match(referrer):
        return app[1].lower(), app[1].lower()[:MAX_REFERRER_BYTES]
    try:
        parts = split_url(referrer)
    except ValueError:
        return None, None
    return parts.host, shorten(parts.host + (parts.path if parts.path != "/" else ""), MAX_REFERRER_BYTES)


def _is_same_site(host: str, own_host: str) -> bool:
    if host.removeprefix("www.") == own_host.removeprefix("www."):
        return True
    domain = find_domain(host)
    return domain is not None and domain == find_domain(own_host)
