"""Finds out who sent a request."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from common.access.key import Key, looks_like_key, read_key
from common.access.keys import Keys
from common.access.links import Link, Links
from common.access.scopes import MANAGING, READING, Scope
from common.access.users import User, Users
from common.errors import Forbidden, Unauthorized
from common.filters.conditions import parse_filters
from common.http.client_address import TrustedProxies
from common.http.keys import read_bearer
from common.http.wrong_keys import WrongKeys
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.settings import Settings
from functions.stats.access.api_key import ApiKey
from functions.stats.access.attempts import FailedAttempts
from functions.stats.access.caller import Caller, How, Sites, make_admin, make_key_caller, make_reader
from functions.stats.access.cookie import read_cookie
from functions.stats.access.local import LocalRule, is_own_page
from functions.stats.access.sessions import Sessions, make_csrf_token

COOKIE = "__Host-analytics"
"""No other host can set it, and it is never sent without TLS, save to this machine itself."""
HOW_TO = "Send the key as `Authorization: Bearer <key>` or `X-API-Key: <key>`."
WRONG = "This is not the key."
MISTYPED = "This is not a key: it was mistyped or cut, for its checksum is wrong."


@dataclass(frozen=True)
class Stores:
    """What is kept of those who may ask."""

    keys: Keys
    users: Users
    sessions: Sessions
    links: Links
    database: Database
    """Where sites are."""

    @classmethod
    def of(cls, database: Database, of_sites: Database | None = None) -> "Stores":
        """Those of a database; `of_sites`: where sites are, if not there."""
        return cls(Keys(database), Users(database), Sessions(database), Links(database), of_sites or database)


class Identity:
    """Finds out who sends the requests of one function instance."""

    def __init__(self, settings: Settings, api_key: ApiKey, stores: Stores | None = None) -> None:
        """Without `stores`, the settings alone say who may ask."""
        self.attempts = FailedAttempts()
        """Wrong passwords."""
        self._wrong_keys = WrongKeys()
        self._api_key = api_key
        self._stores = stores
        self._local = LocalRule.of(settings)
        self._user_header = settings.stats_user_header
        self._proxies = TrustedProxies(settings.trusted_proxies)

    def find(self, request: Request, site_ids: Sequence[str] = ()) -> Caller:
        """Who asks for these sites. Raises Unauthorized, QuotaExceeded, Unavailable."""
        if presented := read_bearer(request) or request.headers.get("x-api-key", ""):
            caller = self._find_by_key(presented)
            if caller is None:
                self._wrong_keys.count(self.find_client(request))
                raise Unauthorized(MISTYPED if looks_like_key(presented) and not read_key(presented) else WRONG)
            return caller
        found = self.find_signed_in(request) or self._find_proxied(request)
        if found is not None:
            return found
        if self._local.admits(request):
            return make_reader("this machine", "local", None)
        if public := self._find_public(site_ids):
            return _make_anybody(public)
        raise Unauthorized(HOW_TO)

    def find_reader(self, request: Request, scope: Scope, site_ids: Sequence[str]) -> Caller:
        """Who asks to do this with these sites, or anybody, where that may not but anybody may: the sites are public.

        Raises Unauthorized, Forbidden, NotFound, QuotaExceeded, Unavailable.
        """
        caller = self.find(request, site_ids)
        if scope in READING and not all(caller.may(scope, site_id) for site_id in site_ids):
            public = self._find_public(site_ids)
            if public and public.issuperset(site_ids):
                return _make_anybody(public)
        caller.check(scope, site_ids)
        return caller

    def check_intent(self, request: Request, caller: Caller) -> None:
        """Raises Forbidden unless who is at the caller's screen wants the change, not a page of another origin."""
        if caller.how in ("key", "setting", "link"):
            return  # no browser sends a key by itself
        shown = request.headers.get("x-csrf-token", "")
        is_shown = not caller.csrf or hmac.compare_digest(shown.encode(), caller.csrf.encode())
        if not is_own_page(request) or not is_shown:
            raise Forbidden("Send the token that GET /v1/session names as X-CSRF-Token, from a page of this origin.")

    def find_session(self, request: Request) -> Key | None:
        """The session's key in the cookie, whether it is right or wrong."""
        key = read_key(read_cookie(request, COOKIE))
        return key if key is not None and key.kind == "session" else None

    def find_signed_in(self, request: Request) -> Caller | None:
        """The user who signed in."""
        key = self.find_session(request)
        if key is None or self._stores is None or (session := self._stores.sessions.find(key)) is None:
            return None
        user = self._stores.users.find(session[0])
        return make_user_caller(user, "session", make_csrf_token(key)) if user else None

    def find_client(self, request: Request) -> str:
        """The client, for counting what it gets wrong."""
        return self._proxies.find_client(request)

    def _find_by_key(self, presented: str) -> Caller | None:
        if self._api_key.accepts(presented):
            return make_admin("setting STATS_API_KEY", "setting")
        key = read_key(presented)
        if key is None or self._stores is None:
            return None
        if key.kind == "link":
            link = self._stores.links.find(key)
            if link is not None and link.has_password:
                raise Unauthorized("This link has a password: POST it to /v1/links/unlock.", realm="link")
            return make_link_caller(link) if link else None
        if key.kind == "view":
            session = self._stores.sessions.find(key)
            link = self._stores.links.find_by_id(session[1]) if session else None
            return make_link_caller(link) if link else None
        if key.kind == "session":
            return None  # a cookie's alone, which pages can't read
        record = self._stores.keys.find(key)
        return make_key_caller(record) if record else None

    def _find_proxied(self, request: Request) -> Caller | None:
        """The user whom a trusted proxy signed in."""
        if not self._user_header or self._stores is None or not request.client:
            return None
        names = request.headers.getlist(self._user_header)
        if len(names) != 1 or not self._proxies.is_trusted(request):
            return None
        user = self._stores.users.find(names[0])
        return make_user_caller(user, "proxy", "") if user else None

    def _find_public(self, site_ids: Sequence[str]) -> frozenset[str]:
        """Those of the sites whose owner shows their figures to everybody."""
        if not site_ids or self._stores is None:
            return frozenset()
        named = [site_id.encode(errors="replace").decode() for site_id in site_ids if "\0" not in site_id]
        rows = self._stores.database.run(load_query(__name__, "find_public"), sites=named)
        return frozenset(row[0] for row in rows)


def make_user_caller(user: User, how: How, csrf: str) -> Caller:
    """A user who signed in."""
    name = f"user {user.name}"
    if user.is_admin:
        return make_admin(name, how, user.name, csrf)
    seen = frozenset(user.roles)
    managed = frozenset(site for site, role in user.roles.items() if role == "manage")
    grants: dict[Scope, Sites] = dict.fromkeys(MANAGING, managed) if managed else {}
    return Caller(name, how, grants | dict.fromkeys(READING, seen), user=user.name, csrf=csrf)


def _make_anybody(public: Sites) -> Caller:
    return make_reader("anybody", "public", public)


def make_link_caller(link: Link) -> Caller:
    """Who has a shared link."""
    filters, faults = parse_filters(link.filters)
    if faults:  # this version does not know them: better nothing than everything
        raise Forbidden("This link's filters can't be read any more; make another one.")
    return make_reader(f"link {link.link_id}", "link", frozenset([link.site_id]), filters)
