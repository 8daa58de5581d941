"""Routes that state which rights a caller needs: nobody gets through one without them."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.access.scopes import Scope
from common.errors import Forbidden
from common.groups.database_of_site import about_site
from functions.stats.access.body import read_object
from functions.stats.access.caller import Caller
from functions.stats.access.disconnection import run_until_left
from functions.stats.access.identity import Identity
from functions.stats.access.share import Share

Answer = Callable[[Request, Caller], Response]
Change = Callable[[Request, Caller, dict[str, Any]], Response]


class GuardedRoute(Route):
    """A route whose caller needs a scope."""

    scope: Scope


class OpenRoute(Route):
    """A route that anybody may call."""

    why: str


class Gate:
    """Makes the routes of one function instance."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def read(self, path: str, scope: Scope, answer: Answer, share: Share | None = None) -> GuardedRoute:
        """GET: every `site_id` of the query is public or among the caller's of this scope. `share`: of dear ones."""

        def identify(request: Request) -> Caller:
            return self._identity.find_reader(request, scope, request.query_params.getlist("site_id"))

        async def endpoint(request: Request) -> Response:
            about_site(request.path_params.get("site_id") or request.query_params.get("site_id"))
            if share is None:
                return await run_until_left(lambda request: answer(request, identify(request)), request)
            caller = await run_in_threadpool(identify, request)
            return await share.answer(lambda request: answer(request, caller), request)

        return self._guard(path, scope, endpoint, ["GET"])

    def change(
        self, path: str, scope: Scope, method: str, answer: Change, *, has_body: bool | None = None
    ) -> GuardedRoute:
        """A change, with a JSON object as its body. `answer` checks which sites it is about.

        `has_body`: None: unless it is a DELETE. A page of another origin can't make a browser send one: whom a cookie
        or a proxy speaks for shows a token, and comes from our own page.
        """
        with_body = method != "DELETE" if has_body is None else has_body

        def identify(request: Request) -> Caller:
            caller = self._identity.find(request)
            caller.check(scope)
            self._identity.check_intent(request, caller)
            return caller

        async def endpoint(request: Request) -> Response:
            caller = await run_in_threadpool(identify, request)
            content = await read_object(request) if with_body else {}
            about_site(request.path_params.get("site_id") or _find_site(content), changes=True)
            return await run_in_threadpool(answer, request, caller, content)

        return self._guard(path, scope, endpoint, [method])

    def _guard(self, path: str, scope: Scope, endpoint: Any, methods: Sequence[str]) -> GuardedRoute:
        route = GuardedRoute(path, endpoint, methods=list(methods))
        route.scope = scope
        return route


def _find_site(content: dict[str, Any]) -> str | None:
    """The site that a change's body names."""
    site_id = content.get("site_id")
    return site_id if isinstance(site_id, str) else None


def open_route(path: str, endpoint: Any, why: str, methods: Sequence[str] = ("GET",)) -> OpenRoute:
    """A route that anybody may call; `why` they may."""
    route = OpenRoute(path, endpoint, methods=list(methods))
    route.why = why
    return route


def forbid_filtered(caller: Caller) -> None:
    """Raises Forbidden for a caller who sees some of a site's figures only, where these can't be told apart."""
    if caller.filters is not None:
        raise Forbidden("This link shows some of the figures; ask /v1/stats for them.")
