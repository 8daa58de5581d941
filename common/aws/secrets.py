"""Secrets of AWS Secrets Manager: fetched when first needed, kept for a while, fetched again when refused."""

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from common.errors import Unavailable

LIFETIME_SECONDS = 300
"""Age at which a secret is fetched again."""
RENEW_SECONDS = 5
"""Least age at which a secret that was refused is fetched again: refusals must not become a flood."""
TIMEOUT_SECONDS = 3

log = logging.getLogger(__name__)


class Login(NamedTuple):
    """What a store asks for; the username may be empty."""

    username: str
    password: str


def make_fetch() -> Callable[[str], str]:
    """What reads a secret's text by its ARN; it raises Unavailable.

    botocore comes with the managed runtime, or from the extra `aws`. Loading it takes a quarter of a
    second, so it is done where a function is loaded, for which platforms lend more of the CPU.
    """
    from common.aws.driver import BotoCoreError, ClientError, Config, Session

    config = Config(connect_timeout=TIMEOUT_SECONDS, read_timeout=TIMEOUT_SECONDS, retries={"total_max_attempts": 2})
    client = Session().create_client("secretsmanager", config=config)

    def fetch(arn: str) -> str:
        try:
            return str(client.get_secret_value(SecretId=arn)["SecretString"])
        except (BotoCoreError, ClientError, KeyError) as error:
            log.warning("a secret can't be read", extra={"fields": {"error": type(error).__name__}})
            raise Unavailable("The credentials can't be read now.") from error

    return fetch


class Secret:
    """One secret, safe to share between threads."""

    def __init__(
        self, arn: str, fetch: Callable[[str], str] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._arn = arn
        self._fetch = fetch or make_fetch()
        self._clock = clock
        self._lock = threading.Lock()
        self._text: str | None = None
        self._fetched_at = 0.0
        self._is_refused = False

    def read(self) -> str:
        """The secret, at most LIFETIME_SECONDS old where it can be fetched. Raises Unavailable if it never could."""
        with self._lock:
            if self._text is None or self._is_due():
                self._refresh()
            assert self._text is not None  # noqa: S101 - else _refresh raised
            return self._text

    def refuse(self) -> None:
        """Say that the secret was not accepted: the next read fetches it again, once it is RENEW_SECONDS old."""
        self._is_refused = True

    def _is_due(self) -> bool:
        return self._clock() - self._fetched_at >= (RENEW_SECONDS if self._is_refused else LIFETIME_SECONDS)

    def _refresh(self) -> None:
        try:
            self._text = self._fetch(self._arn)
        except Unavailable:
            if self._text is None:
                raise
            # the known secret may still be good: the stores are up, only Secrets Manager is not
        self._fetched_at = self._clock()
        self._is_refused = False


def read_login(secret: Secret) -> Login:
    """The login in a secret that is JSON with `password` and maybe `username`. Raises Unavailable."""
    try:
        content = json.loads(secret.read())
        return Login(str(content.get("username", "")), str(content["password"]))
    except (ValueError, KeyError, AttributeError):
        raise Unavailable('A secret should be JSON: {"username": …, "password": …}.') from None
