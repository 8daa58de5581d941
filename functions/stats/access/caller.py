"""Who asks, and what they may do with which site."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from common.access.keys import KeyRecord
from common.access.scopes import READING, SCOPES, Scope
from common.errors import Forbidden, NotFound
from common.filters.conditions import Filter

How = Literal["key", "setting", "session", "proxy", "link", "public", "local"]
"""`setting`: STATS_API_KEY. `proxy`: a trusted proxy named the user. `local`: this machine, without a key."""

Sites = frozenset[str] | None
"""None: all of them."""

NO_SUCH_SITE = "There is no such site, or you may not see it."


@dataclass(frozen=True)
class Caller:
    """Who asks. Two sites that a caller may not see are told apart by nothing, whether they exist or not."""

    name: str
    """For the log of changes."""
    how: How
    grants: Mapping[Scope, Sites]
    """The sites of each scope that the caller has. With `admin`, every scope has all of them."""
    filters: Filter | None = None
    """What holds for every event that is counted for this caller."""
    user: str = ""
    csrf: str = ""
    """What a request that changes something shows in X-CSRF-Token; empty: nothing."""

    @property
    def is_admin(self) -> bool:
        """Whether the caller may do everything."""
        return "admin" in self.grants

    @property
    def is_outsider(self) -> bool:
        """Whether the caller sees figures by a link, or because they are public: what is kept by name is not shown."""
        return self.how in ("link", "public")

    def sites(self, scope: Scope) -> Sites:
        """The sites with which the caller may do this."""
        return None if self.is_admin else self.grants.get(scope, frozenset())

    def may(self, scope: Scope, site_id: str) -> bool:
        """Whether the caller may do this with a site."""
        sites = self.sites(scope)
        return sites is None or site_id in sites

    def check(self, scope: Scope, site_ids: Iterable[str] = ()) -> None:
        """Raises Forbidden without the scope, NotFound for a site that is not among the scope's.

        Nothing is read for that, so it takes as long for a site that exists as for one that does not.
        """
        if not self.is_admin and scope not in self.grants:
            raise Forbidden(f"This needs the scope {scope}.")
        if not all(self.may(scope, site_id) for site_id in site_ids):
            raise NotFound(NO_SUCH_SITE)


def make_admin(name: str, how: How, user: str = "", csrf: str = "") -> Caller:
    """A caller who may do everything."""
    return Caller(name, how, dict.fromkeys(SCOPES), user=user, csrf=csrf)


def make_reader(name: str, how: How, sites: Sites, filters: Filter | None = None) -> Caller:
    """A caller who may read figures."""
    return Caller(name, how, dict.fromkeys(READING, sites), filters)


def make_key_caller(record: KeyRecord) -> Caller:
    """Who presents a key."""
    sites = None if record.sites is None else frozenset(record.sites)
    return Caller(f"key {record.key_id}", "key", dict.fromkeys(record.scopes, sites))
