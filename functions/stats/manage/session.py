"""/v1/session: a user signs in, asks who they are, and signs out."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.access.users import User, Users
from common.errors import Forbidden, Unauthorized
from common.http import messages
from functions.stats.access.body import read_object
from functions.stats.access.caller import Caller
from functions.stats.access.gate import open_route
from functions.stats.access.identity import COOKIE, Identity, make_user_caller
from functions.stats.access.local import is_own_page
from functions.stats.access.sessions import LONGEST_SECONDS, Sessions, make_csrf_token
from functions.stats.manage.fields import read_fields

_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Lax"
WRONG = "There is no such user, or this is not the password."


class SessionRoutes:
    """Answers about the session of whoever asks."""

    def __init__(self, users: Users, sessions: Sessions, identity: Identity) -> None:
        self._users = users
        self._sessions = sessions
        self._identity = identity

    def build(self) -> list[Route]:
        """All are open: each answers about the caller alone."""
        return [
            open_route("/v1/session", self._sign_in, "whoever signs in has nothing else to show", ["POST"]),
            open_route("/v1/session", self._show, "it tells a caller of nobody but themselves"),
            open_route("/v1/session", self._sign_out, "it ends nothing but the caller's own session", ["DELETE"]),
        ]

    async def _sign_in(self, request: Request) -> Response:
        if not is_own_page(request):
            raise Forbidden("A page of another origin can't sign anybody in.")
        given = read_fields(await read_object(request), {"user": "text", "password": "text"}, ("user", "password"))
        return await run_in_threadpool(self._begin, request, given["user"], given["password"])

    def _begin(self, request: Request, name: str, password: str) -> Response:
        client = self._identity.find_client(request)
        self._identity.attempts.check(client)
        user = self._users.sign_in(name, password)
        if user is None:
            self._identity.attempts.note(client)
            raise Unauthorized(WRONG)
        key = self._sessions.begin(user.name)
        return _tell(
            _call(user, make_csrf_token(key)), f"{COOKIE}={key.text}; Max-Age={LONGEST_SECONDS}; {_ATTRIBUTES}"
        )

    async def _show(self, request: Request) -> Response:
        caller = await run_in_threadpool(self._identity.find, request)
        if not caller.user:
            raise Unauthorized("Nobody is signed in.")
        return _tell(caller)

    async def _sign_out(self, request: Request) -> Response:
        return await run_in_threadpool(self._end, request)

    def _end(self, request: Request) -> Response:
        key, caller = self._identity.find_session(request), self._identity.find_signed_in(request)
        if key is None or caller is None:
            raise Unauthorized("Nobody is signed in.")
        self._identity.check_intent(request, caller)
        self._sessions.end(key)
        return messages.with_headers(
            messages.answer({"data": {"user": caller.user}}), {"Set-Cookie": f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}"}
        )


def _call(user: User, csrf: str) -> Caller:
    return make_user_caller(user, "session", csrf)


def _tell(caller: Caller, cookie: str = "") -> Response:
    manages = caller.sites("sites")
    role = "admin" if caller.is_admin else "manage" if manages else "view"
    response = messages.answer({"data": {"user": caller.user, "role": role, "csrf": caller.csrf}})
    return messages.with_headers(response, {"Set-Cookie": cookie} if cookie else {})
