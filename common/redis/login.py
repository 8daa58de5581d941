"""How Redis clients get their login from a secret, even after it was rotated."""

import asyncio
from typing import Any

from redis.credentials import CredentialProvider
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as RedisConnectionError

from common.aws.secrets import Secret, read_login
from common.errors import Unavailable
from common.settings import Settings

_secrets: dict[str, Secret] = {}
"""By ARN. All clients of the process share one secret, so that what one learns helps the others."""


class SecretCredentials(CredentialProvider):
    """What a new connection logs in with."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """(password) or (username, password)."""
        try:
            login = read_login(self._secret)
        except Unavailable as error:
            # redis-py's own error: with any other it would take the connection for one that is logged in
            raise RedisConnectionError(error.detail) from error
        return (login.username, login.password) if login.username else (login.password,)

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """The same, without holding up the event loop."""
        return await asyncio.to_thread(self.get_credentials)


def login_options(settings: Settings) -> dict[str, Any]:
    """The login options of every Redis client, beside its URL."""
    if not settings.redis_secret_arn:
        return {}
    if settings.redis_secret_arn not in _secrets:
        _secrets[settings.redis_secret_arn] = Secret(settings.redis_secret_arn)
    return {"credential_provider": SecretCredentials(_secrets[settings.redis_secret_arn])}


def note_refusal(error: BaseException | None) -> None:
    """If Redis refused the login, have the next connection fetch the secret again."""
    while error is not None:
        if isinstance(error, AuthenticationError):
            for secret in _secrets.values():
                secret.refuse()
        error = error.__cause__ or error.__context__
