"""/v1/users: an admin makes, lists, changes and removes users."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.access.users import NO_SUCH_USER, Users
from common.errors import NotFound
from common.http import messages
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.manage.fields import read_fields

_SHAPES = {"password": "text", "is_admin": "flag", "roles": "roles"}


class UserRoutes:
    """Answers about users."""

    def __init__(self, users: Users) -> None:
        self._users = users

    def build(self, gate: Gate) -> list[Route]:
        """Users are read and changed by administrators alone."""
        return [
            gate.read("/v1/users", "admin", self.list),
            gate.change("/v1/users", "admin", "POST", self.add),
            gate.change("/v1/users/{name}", "admin", "PATCH", self.change),
            gate.change("/v1/users/{name}", "admin", "DELETE", self.remove),
        ]

    def list(self, _: Request, __: Caller) -> Response:
        """All users."""
        return messages.answer({"data": [user.as_dict() for user in self._users.list()]})

    def add(self, _: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The new user."""
        given = read_fields(content, {"name": "text", **_SHAPES}, ("name", "password"))
        name = given["name"]
        self._users.add(
            caller.name, name, given["password"], is_admin=given.get("is_admin", False), roles=given.get("roles")
        )
        return self._show(name, 201)

    def change(self, request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The user as it is now, signed out everywhere."""
        given = read_fields(content, _SHAPES)
        name = request.path_params["name"]
        self._users.change(caller.name, name, given.get("password"), given.get("is_admin"), given.get("roles"))
        return self._show(name, 200)

    def remove(self, request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """The user is no more, and signed out everywhere."""
        name = request.path_params["name"]
        self._users.remove(caller.name, name)
        return messages.answer({"data": {"name": name}})

    def _show(self, name: str, status: int) -> Response:
        user = self._users.find(name)
        if user is None:  # somebody removed it meanwhile
            raise NotFound(NO_SUCH_USER)
        return messages.answer({"data": user.as_dict()}, status)
