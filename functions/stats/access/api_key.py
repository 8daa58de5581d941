"""The key that a request for figures has to present."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from common.aws.secrets import Secret
from common.errors import Unauthorized
from common.http.keys import is_same, read_bearer
from common.settings import Settings


class ApiKey:
    """A key from a setting, or from a secret, where a new one counts as soon as it is presented."""

    def __init__(self, key: str = "", secret: Secret | None = None) -> None:
        self._key = key
        self._secret = secret

    @classmethod
    def of(cls, settings: Settings) -> "ApiKey":
        """The key that the settings name; without one every request passes."""
        arn = settings.stats_api_key_secret_arn
        return cls(settings.stats_api_key, Secret(arn) if arn else None)

    async def check(self, request: Request) -> None:
        """Raises Unauthorized without the key, Unavailable if the key can't be known."""
        if not self._key and self._secret is None:
            return
        presented = _read_key(request)
        if not presented:
            raise Unauthorized("Send the key as `Authorization: Bearer <key>` or `X-API-Key: <key>`.")
        if not await run_in_threadpool(self._accepts, presented):
            raise Unauthorized("This is not the key.")

    def _accepts(self, presented: str) -> bool:
        if self._secret is None:
            return is_same(presented, self._key)
        if is_same(presented, self._secret.read()):
            return True
        self._secret.refuse()  # perhaps it was rotated
        return is_same(presented, self._secret.read())


def _read_key(request: Request) -> str:
    return read_bearer(request) or request.headers.get("x-api-key", "")
