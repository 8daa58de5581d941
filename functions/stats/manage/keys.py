"""/v1/keys: an admin makes, lists and revokes keys."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.access.keys import Keys
from common.http import messages
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.manage.fields import read_fields

_SHAPES = {"name": "text", "scopes": "texts", "sites": "texts", "expires_at": "time"}


class KeyRoutes:
    """Answers about keys."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def build(self, gate: Gate) -> list[Route]:
        """Keys are read, made and revoked by administrators alone."""
        return [
            gate.read("/v1/keys", "admin", self.list),
            gate.change("/v1/keys", "admin", "POST", self.make),
            gate.change("/v1/keys/{key_id}", "admin", "DELETE", self.revoke),
        ]

    def list(self, _: Request, __: Caller) -> Response:
        """All keys, without their secrets."""
        return messages.answer({"data": [key.as_dict() for key in self._keys.list()]})

    def make(self, _: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The new key, which is shown here and never again."""
        given = read_fields(content, _SHAPES, ("name", "scopes"))
        record, key = self._keys.make(
            caller.name, given["name"], given["scopes"], given.get("sites"), given.get("expires_at")
        )
        return messages.answer({"data": {**record.as_dict(), "key": key.text}}, 201)

    def revoke(self, request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """It opens nothing from now on."""
        key_id = request.path_params["key_id"]
        self._keys.revoke(caller.name, key_id)
        return messages.answer({"data": {"key_id": key_id}})
