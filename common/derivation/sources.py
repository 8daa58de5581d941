"""The known sources of visits: search engines, social networks, AI assistants, mail hosts, advertising networks.

They are in sources.csv, one a line, to be edited there. Its columns: `name`; `channel`; `domains`, which include their
subdomains (`google.*`: with any public suffix) and names of Android apps; `names` that utm_source has for it beside its
name and domains; `click_ids`, the parameters its advertisements add to a URL. Several are separated by a space.
"""

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, cast

from common.derivation.domain import find_domain

Channel = Literal["direct", "search", "social", "ai_assistant", "email", "paid", "referral", "internal"]


@dataclass(frozen=True, slots=True)
class Source:
    """A known source, and the channel of visits from it."""

    name: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Sources:
    """The known sources by what tells of them."""

    domains: dict[str, Source]
    names: dict[str, Source]
    click_ids: dict[str, Source]


@cache
def find_click_ids() -> frozenset[str]:
    """The parameters, in lower case, by which advertising networks mark the URLs of their advertisements."""
    return frozenset(load_sources().click_ids)


@lru_cache(maxsize=4096)
def find_by_host(host: str) -> Source | None:
    """The source that a host (or an Android app) belongs to: the nearest one that is known."""
    known = load_sources().domains
    rest = host
    while rest:
        if source := known.get(rest):
            return source
        rest = rest.partition(".")[2]
    domain = find_domain(host)
    return known.get(f"{domain.partition('.')[0]}.*") if domain else None


@lru_cache(maxsize=1024)
def find_by_name(utm_source: str) -> Source | None:
    """The source that a utm_source names: by name, another name, or domain; in any case."""
    name = utm_source.lower()
    return load_sources().names.get(name) or (find_by_host(name.removeprefix("www.")) if "." in name else None)


def find_by_click_id(click_id: str) -> Source | None:
    """The source whose advertisements have that parameter."""
    return load_sources().click_ids.get(click_id)


@cache
def load_sources() -> Sources:
    """Read sources.csv (1 ms)."""
    sources = Sources({}, {}, {})
    with files("common.derivation").joinpath("sources.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            source = Source(row["name"], cast(Channel, row["channel"]))
            sources.domains.update(dict.fromkeys(row["domains"].split(), source))
            sources.names.update(dict.fromkeys([row["name"].lower(), *row["names"].split()], source))
            sources.click_ids.update(dict.fromkeys(row["click_ids"].split(), source))
    return sources
