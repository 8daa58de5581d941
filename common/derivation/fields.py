"""Fields of an event as they are kept: those that have a value."""

from common.derivation.page import Page
from common.derivation.referral import Referral


def present(**fields: str | None) -> dict[str, str]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def describe_origin(page: Page, referral: Referral) -> dict[str, str]:
    """On which host the visitor was, and where they came from."""
    return present(
        hostname=page.hostname,
        referrer=referral.referrer,
        source=referral.source,
        channel=referral.channel,
        utm_source=page.utm_source,
        utm_medium=page.utm_medium,
        utm_campaign=page.utm_campaign,
        utm_term=page.utm_term,
        utm_content=page.utm_content,
    )
