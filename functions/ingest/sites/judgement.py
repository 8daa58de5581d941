"""What a site's owner wants of its events: settings as they are needed for each event. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from common.errors import Fault, InvalidInput
from common.event import FilterReason
from common.sites.document import PublishedKey, PublishedSite, SitesDocument
from functions.ingest.sites.glob import compile_globs
from functions.ingest.sites.networks import compile_networks


class SiteJudge:
    """Tells whether an event of a site is to be set aside, and why."""

    def __init__(self, site: PublishedSite) -> None:
        rules = site.rules
        self.is_removed = site.is_removed
        self.counts_bots = rules.bots == "count"
        self.honours_do_not_track = {"honour": True, "ignore": False}.get(rules.do_not_track)
        """None: as the setting says."""
        self.kept_parameters = frozenset(rules.kept_query_parameters)
        self._is_paused = site.is_paused
        self._blocks_address = compile_networks(rules.blocked_addresses)
        self._countries = frozenset(rules.blocked_countries)
        self._blocks_path = compile_globs(rules.blocked_paths)
        self._blocks_host = compile_globs(rules.blocked_hostnames)
        self._accepts_host = compile_globs(rules.accepted_hostnames)
        self.judges_hosts = bool(rules.blocked_hostnames or rules.accepted_hostnames)

    def judge(self, fields: Mapping[str, Any], address: str, host: str | None) -> FilterReason | None:
        """Why an event is set aside; None: it is not. `address`: its visitor's; `host`: its page's, if known."""
        if self._is_paused:
            return "paused"
        if address and (blocks := self._blocks_address) is not None and blocks(address):
            return "blocked_address"
        if self._countries and fields.get("country") in self._countries:
            return "blocked_country"
        if host:
            if self._blocks_host is not None and self._blocks_host(host):
                return "blocked_hostname"
            if self._accepts_host is not None and not self._accepts_host(host):
                return "foreign_hostname"
        if (blocks := self._blocks_path) is not None and (path := fields.get("path")) and blocks(path):
            return "blocked_path"
        return None


@dataclass(frozen=True)
class Sites:
    """What is in force of all sites."""

    judges: Mapping[str, SiteJudge] = field(default_factory=dict)
    """Of the sites that want anything at all."""
    aliases: Mapping[tuple[str, str], str] = field(default_factory=dict)
    known: frozenset[str] | None = None
    """None: unknown sites are accepted."""
    keys: Mapping[str, PublishedKey] | None = None
    """With which events may speak for others, by public id; None: nothing was published yet."""

    @classmethod
    def of(cls, document: SitesDocument) -> "Sites":
        """Make ready what was published."""
        judges = {site_id: SiteJudge(site) for site_id, site in document.sites.items()}
        return cls(judges, document.aliases, document.known, document.keys)

    def check(self, site_id: str) -> None:
        """Raises InvalidInput for an event of a site that takes none."""
        judge = self.judges.get(site_id)
        if judge is not None and judge.is_removed:
            raise _refuse(f"The site {site_id} is being deleted, and takes no events.")
        if self.known is not None and site_id not in self.known:
            raise _refuse(f"There is no site {site_id} here: make it first (analytics sites create).")

    def resolve_alias(self, dialect: str, external_id: str) -> str | None:
        """The site that another tracker's id stands for; None: no site has this alias."""
        return self.aliases.get((dialect, external_id))


NO_SITES = Sites()


def _refuse(detail: str) -> InvalidInput:
    return InvalidInput("The event is not valid.", (Fault(detail, "/site_id"),))
