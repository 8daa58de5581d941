"""Shared links in PostgreSQL: whoever has one can read a site's figures, or some of them. It may need a password."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from common.access.audit import note
from common.access.checks import check_expiry, check_name, check_site, check_stored_id
from common.access.key import Key, make_key
from common.access.passwords import check_password, hash_password, is_password
from common.errors import Fault, InvalidInput, NotFound
from common.hosts.domain import find_domain
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.presence.presence import hold_named_sites

MOST_ORIGINS = 20
NO_SUCH_LINK = "There is no such link, or you may not change it."
_ORIGIN = re.compile(r"https?://(?P<star>\*\.)?(?P<host>[A-Za-z0-9.-]{1,253})(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class LinkDraft:
    """What is set of a link. None: as it was, or as usual."""

    name: str | None = None
    filters: str | None = None
    """JSON, as in a query; the caller has parsed it."""
    password: str | None = None
    """Empty: none is asked for."""
    embed_origins: Sequence[str] | None = None
    """Whose pages may show it in a frame."""
    expires_at: datetime | None = None
    sets_expiry: bool = False


@dataclass(frozen=True)
class Link:
    """What is known of a link."""

    link_id: str
    site_id: str
    name: str
    filters: str
    has_password: bool
    embed_origins: list[str]
    created_at: datetime
    expires_at: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        values = {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in vars(self).items()
        }
        return {**values, "filters": json.loads(self.filters)}


class Links:
    """The links of a database. `sites`: to which a caller's changes are held; None: to none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, actor: str, site_id: str, draft: LinkDraft) -> tuple[Link, Key]:
        """A new link, and the token that opens it. Raises InvalidInput that names every fault, Unavailable,
        and as hold_named_sites does."""
        draft = replace(draft, name=draft.name or "")
        _check(draft, check_site(site_id))
        key = make_key("link")
        with self._database.transaction() as connection:
            hold_named_sites(connection, [site_id])
            [row] = connection.run(
                load_query(__name__, "insert_link"),
                link_id=key.public_id,
                hash=key.hash,
                site_id=site_id,
                name=draft.name,
                filters=draft.filters or "[]",
                password=hash_password(draft.password) if draft.password else "",
                embed_origins=list(draft.embed_origins or ()),
                expires_at=draft.expires_at,
            )
            link = Link(*row)
            note(connection, actor, "link.make", link.link_id, {"site_id": site_id, "name": link.name})
        return link, key

    def list(self, sites: Collection[str] | None = None) -> list[Link]:
        """The links, oldest first, also those that expired. Raises Unavailable."""
        rows = self._database.run(load_query(__name__, "list_links"), sites=_list(sites))
        return [Link(*row) for row in rows]

    def change(self, actor: str, link_id: str, draft: LinkDraft, sites: Collection[str] | None = None) -> Link:
        """Change what is given. Raises InvalidInput, NotFound, Unavailable."""
        _check(draft, [])
        check_stored_id(link_id, NO_SUCH_LINK)
        password = hash_password(draft.password) if draft.password else draft.password
        with self._database.transaction() as connection:
            rows = connection.run(
                load_query(__name__, "change_link"),
                link_id=link_id,
                name=draft.name,
                filters=draft.filters,
                password=password,
                embed_origins=None if draft.embed_origins is None else list(draft.embed_origins),
                sets_expiry=draft.sets_expiry,
                expires_at=draft.expires_at,
                sites=_list(sites),
            )
            if not rows:
                raise NotFound(NO_SUCH_LINK)
            if password is not None:
                connection.run(load_query(__name__, "end_link_sessions"), link_id=link_id)
            link = Link(*rows[0])
            note(connection, actor, "link.change", link_id, {"site_id": link.site_id, "name": link.name})
        return link

    def revoke(self, actor: str, link_id: str, sites: Collection[str] | None = None) -> None:
        """Delete a link. Raises NotFound, Unavailable."""
        check_stored_id(link_id, NO_SUCH_LINK)
        with self._database.transaction() as connection:
            rows = connection.run(load_query(__name__, "delete_link"), link_id=link_id, sites=_list(sites))
            if not rows:
                raise NotFound(NO_SUCH_LINK)
            note(connection, actor, "link.revoke", link_id, {"site_id": rows[0][0]})

    def find(self, key: Key) -> Link | None:
        """The link that a token opens now. Raises Unavailable."""
        rows = self._database.run(load_query(__name__, "find_link"), link_id=key.public_id)
        return Link(*rows[0][2:]) if rows and key.matches(rows[0][0]) else None

    def find_by_id(self, link_id: str) -> Link | None:
        """The link of a reader who gave its password before. Raises Unavailable."""
        rows = self._database.run(load_query(__name__, "find_link"), link_id=link_id)
        return Link(*rows[0][2:]) if rows else None

    def unlock(self, key: Key, password: str) -> Link | None:
        """The link that a token and this password open. Raises Unavailable."""
        rows = self._database.run(load_query(__name__, "find_link"), link_id=key.public_id)
        is_right = is_password(password, rows[0][1] if rows else "")
        return Link(*rows[0][2:]) if rows and key.matches(rows[0][0]) and is_right else None


def _list(sites: Collection[str] | None) -> list[str] | None:
    return None if sites is None else list(sites)


def _is_origin(text: str) -> bool:
    """Whether it is an origin. A star stands for hosts of one owner: not for all of .com, nor all of github.io."""
    found = _ORIGIN.fullmatch(text)
    return found is not None and (not found["star"] or find_domain(found["host"].lower()) is not None)


def _check(draft: LinkDraft, faults: list[Fault]) -> None:
    if draft.name is not None:
        faults += check_name(draft.name)
    if draft.password:
        faults += check_password(draft.password)
    faults += check_expiry(draft.expires_at, datetime.now(UTC))
    origins = draft.embed_origins or ()
    if len(origins) > MOST_ORIGINS or not all(map(_is_origin, origins)):
        allowed = "https://a.example, or https://*.a.example for all hosts of a domain that somebody registered"
        faults.append(Fault(f"At most {MOST_ORIGINS} origins such as {allowed}.", "/embed_origins"))
    if faults:
        raise InvalidInput("The link can't be saved.", tuple(faults[:20]))
