"""Where a visit came from."""

from dataclasses import dataclass
from typing import Literal

from common.derivation.page import Page

Channel = Literal["direct", "search", "social", "ai_assistant", "email", "paid", "referral", "internal"]


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

    `hostname`: the site's host where there is no page. Never raises: what is no URL is no referrer.
    """
    raise NotImplementedError
