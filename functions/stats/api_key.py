"""The key that a request for figures has to present."""

import hmac

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from common.aws.secrets import Secret
from common.errors import Unauthorized
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
            return _equal(presented, self._key)
        if _equal(presented, self._secret.read()):
            return True
        self._secret.refuse()  # perhaps it was rotated
        return _equal(presented, self._secret.read())


def _read_key(request: Request) -> str:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    bearer = credentials.strip() if scheme.lower() == "bearer" else ""
    return bearer or request.headers.get("x-api-key", "")


def _equal(presented: str, key: str) -> bool:
    """In a time that does not tell how much of the key was right; an empty key is none."""
    return bool(key) and hmac.compare_digest(presented.encode(), key.encode())
