"""The known sources of visits: search engines, social networks, AI assistants, mail hosts, advertising networks.

They are in sources.csv, one a line, to be edited there; its columns, where several words are separated by a space:

* `name` and `channel`. A source that also has a channel of its own for advertisements has a second line.
* `domains`: hosts with all their subdomains (`mail.yahoo.*`: under com and every country), and ids of apps.
* `hosts`: hosts alone, with `www.` and `m.`, such as those of a company's search: its other hosts are not search.
  `google.*/maps` is the part of a host whose paths begin with `/maps`.
* `names`: what utm_source calls it beside its name and domains, in lower case, without spaces, `-` and `_`.
* `click_ids`: the parameters its advertisements add to a URL.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, cast

from common.hosts.domain import find_domain

Channel = Literal["direct", "search", "social", "ai_assistant", "email", "paid", "referral", "internal"]

_EVERYWHERE = re.compile(r"com|net|org|cat|[a-z]{2}|com?\.[a-z]{2}")
"""The suffixes that `*` stands for. Not those under which anybody gets a name, such as github.io."""
_SEPARATORS = re.compile(r"[\s_+-]+")
_WEB_ADDRESS = re.compile(r"(?:https?://)?([^/?#:\s]+\.[^/?#:\s]+)(?:[/?#:]\S*)?")
_ADVERTISING = re.compile(r"(.+?)(?:ads|[\s_+-]+(?:ad|paid|cp[acmv]|pp[cv]))")
"""A name whose end says that its advertisements are meant."""
_ADVERTISING_ENDS = ("ad", "ads", "paid", "cpa", "cpc", "cpm", "cpv", "ppc", "ppv")
_COM = ".com"
_MIN_STEM = 4
"""Letters of a name before .com: shorter aliases, such as th, are not said with it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A known source, and the channel of visits from it."""

    name: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Sources:
    """The known sources by what tells of them."""

    domains: dict[str, Source]
    hosts: dict[str, Source]
    """Also hosts with the first part of a path."""
    first_parts: set[str]
    """Of paths, those that tell of a source."""
    everywhere: set[str]
    """The names of those that are under any suffix: google of mail.google.*."""
    names: dict[str, Source]
    click_ids: dict[str, Source]


@cache
def find_click_ids() -> frozenset[str]:
    """The parameters, in lower case, by which advertising networks mark the URLs of their advertisements."""
    return frozenset(load_sources().click_ids)


def find_by_address(host: str, path: str) -> Source | None:
    """The source that a page of a host belongs to. `path`: as in a URL, or ''."""
    first_part = path[1:].partition("/")[0]
    by_path = first_part in load_sources().first_parts and _find_by_path(host, first_part)
    return by_path or find_by_host(host)


@lru_cache(maxsize=4096)
def find_by_host(host: str) -> Source | None:
    """The source that a host belongs to: the nearest one that is known."""
    known = load_sources()
    bare = _without_prefix(host)
    wide = _widen(host)
    source = known.hosts.get(bare) or (known.hosts.get(_without_prefix(wide)) if wide else None)
    return source or _climb(host) or (_climb(wide) if wide else None)


@lru_cache(maxsize=1024)
def find_by_app(app: str) -> Source | None:
    """The source that an app belongs to, by its id in lower case.

    Apps have ids of their own (com.twitter.android, on iOS numbers) or, seldom, a host (m.facebook.com). An id that is
    not known is its maker's domain the other way round: com.quora.android is of quora.com.
    """
    known = load_sources().domains
    if source := known.get(app) or known.get(_without_prefix(app)):
        return source
    return _climb(".".join(reversed(app.split("."))))


@lru_cache(maxsize=1024)
def find_by_name(utm_source: str) -> Source | None:
    """The source that a utm_source names, in any case and spelling: by name, another name, or web address.

    A name with `ads` and the like behind it is that of a source whose advertisements are meant: fb_ads, Google Ads.
    """
    text = utm_source.strip().lower()
    if source := _find_by_spelling(text):
        return source
    advertised = _ADVERTISING.fullmatch(text) if text.endswith(_ADVERTISING_ENDS) else None
    if advertised and (source := _find_by_spelling(advertised[1])):
        return Source(source.name, "paid")
    return None


def find_by_click_id(click_id: str) -> Source | None:
    """The source whose advertisements have that parameter."""
    return load_sources().click_ids.get(click_id)


@cache
def load_sources() -> Sources:
    """Read sources.csv (2 ms)."""
    sources = Sources({}, {}, set(), set(), {}, {})
    with files("common.derivation").joinpath("sources.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            source = Source(row["name"], cast(Channel, row["channel"]))
            hosts = row["hosts"].split()
            sources.domains.update(dict.fromkeys(row["domains"].split(), source))
            sources.hosts.update(dict.fromkeys(hosts, source))
            sources.first_parts.update(host.partition("/")[2] for host in hosts if "/" in host)
            wide = (word.partition(".*") for word in (*row["domains"].split(), *hosts))
            sources.everywhere.update(name.rpartition(".")[2] for name, star, _ in wide if star)
            sources.names.setdefault(fold_name(row["name"]), source)
            sources.names.update(dict.fromkeys(row["names"].split(), source))
            sources.click_ids.update(dict.fromkeys(row["click_ids"].split(), source))
    return sources


def fold_name(name: str) -> str:
    """A name as it is compared: in lower case, without what separates words."""
    return _SEPARATORS.sub("", name.lower())


@lru_cache(maxsize=256)
def _find_by_path(host: str, first_part: str) -> Source | None:
    hosts = load_sources().hosts
    names = (f"{_without_prefix(name)}/{first_part}" for name in (host, _widen(host)) if name)
    return next((hosts[name] for name in names if name in hosts), None)


def _find_by_spelling(text: str) -> Source | None:
    name = fold_name(text)
    names = load_sources().names
    if source := names.get(name):
        return source
    address = _WEB_ADDRESS.fullmatch(text) if "." in text else None
    if address is None:
        return None
    host = address[1].removeprefix("www.")
    stem = host.removesuffix(_COM)
    named = names.get(fold_name(stem)) if host != stem and len(stem) >= _MIN_STEM else None
    return find_by_host(host) or named


def _without_prefix(host: str) -> str:
    return host.removeprefix("www.").removeprefix("m.")


def _climb(host: str) -> Source | None:
    """The source of the nearest domain above a host that is known, or of the host."""
    known = load_sources().domains
    rest = host
    while rest:
        if source := known.get(rest):
            return source
        rest = rest.partition(".")[2]
    return None


def _widen(host: str) -> str | None:
    """How the list has a host whose suffix may be another: www.google.* of www.google.fr. None if it may not."""
    domain = find_domain(host)
    if domain is None:
        return None
    name, _, suffix = domain.partition(".")
    if name not in load_sources().everywhere or not _EVERYWHERE.fullmatch(suffix):
        return None
    return f"{host[: -len(suffix)]}*"
