"""The routes about keys, users, sessions, shared links, filtered events and the log of changes."""

from starlette.routing import Route

from common.groups.databases import Databases
from functions.stats.access.gate import Gate
from functions.stats.access.identity import Identity, Stores
from functions.stats.manage.audit import list_audit
from functions.stats.manage.erasures import build_erasure_routes
from functions.stats.manage.keys import KeyRoutes
from functions.stats.manage.links import LinkRoutes
from functions.stats.manage.restores import build_restore_routes
from functions.stats.manage.session import SessionRoutes
from functions.stats.manage.users import UserRoutes


def build_access_routes(stores: Stores, identity: Identity, gate: Gate, databases: Databases) -> list[Route]:
    """Who may do what, over HTTP."""
    return [
        *KeyRoutes(stores.keys).build(gate),
        *UserRoutes(stores.users).build(gate),
        *LinkRoutes(stores.links, stores.sessions, identity).build(gate),
        *SessionRoutes(stores.users, stores.sessions, identity).build(),
        *build_restore_routes(stores.database, gate),
        *build_erasure_routes(stores.database, gate),
        gate.read("/v1/audit", "admin", lambda request, _: list_audit(databases, request)),
    ]
