"""The key that a request for figures has to present."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from common.aws.secrets import Secret
from common.errors import Unauthorized
from common.http.keys import is_same, read_bearer
from common.http.wrong_keys import WrongKeys
from common.settings import Settings


class ApiKey:
    """A key from a setting, or from a secret, where a new one counts as soon as it is presented."""

    def __init__(self, key: str = "", secret: Secret | None = None) -> None:
        self._key = key
        self._secret = secret
        self._wrong_keys = WrongKeys()

    @classmethod
    def of(cls, settings: Settings) -> "ApiKey":
        """The key that the settings name; without one every request passes."""
        arn = settings.stats_api_key_secret_arn
        return cls(settings.stats_api_key, Secret(arn) if arn else None)

    @property
    def is_open(self) -> bool:
        """Whether there is no key, and every request passes."""
        return not self._key and self._secret is None

    async def check(self, request: Request) -> None:
        """Raises Unauthorized without the key, QuotaExceeded after many wrong, Unavailable if it can't be known."""
        if self.is_open:
            return
        presented = _read_key(request)
        if not presented:
            raise Unauthorized("Send the key as `Authorization: Bearer <key>` or `X-API-Key: <key>`.")
        if not await run_in_threadpool(self._accepts, presented):
            self._wrong_keys.count(request)
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
