"""A page's URL, taken apart."""

from dataclasses import dataclass


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


def read_url(url: str) -> Page:
    """Take an http(s) URL apart. Raises ValueError, with a sentence for the client, for anything else."""
    raise NotImplementedError
