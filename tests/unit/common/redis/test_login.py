"""The login of Redis's clients: with or without a username, and after a refusal."""

import asyncio

import pytest
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as RedisConnectionError

from common.aws.secrets import RENEW_SECONDS, Secret
from common.errors import Unavailable
from common.redis import login
from common.redis.login import SecretCredentials, login_options, note_refusal
from common.settings import Settings


def make_secret(*texts: str, clock: list[float] | None = None) -> Secret:
    remaining = iter(texts)
    now = clock or [0.0]
    return Secret("arn", lambda _: next(remaining), lambda: now[0])


@pytest.mark.parametrize(
    ("text", "credentials"),
    [('{"username": "u", "password": "p"}', ("u", "p")), ('{"password": "p"}', ("p",))],
)
def test_a_connection_logs_in_with_the_secret(text: str, credentials: tuple[str, ...]) -> None:
    assert SecretCredentials(make_secret(text)).get_credentials() == credentials
    assert asyncio.run(SecretCredentials(make_secret(text)).get_credentials_async()) == credentials


def test_a_secret_that_can_not_be_read_is_an_error_that_redis_py_cleans_up_after() -> None:
    def fail(arn: str) -> str:
        raise Unavailable("down")

    with pytest.raises(RedisConnectionError):
        SecretCredentials(Secret("arn", fail)).get_credentials()


def test_without_an_arn_the_url_alone_says_how_to_log_in() -> None:
    assert login_options(Settings()) == {}


def test_a_refused_login_is_fetched_anew_wherever_in_the_chain_the_refusal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    secret = make_secret('{"password": "old"}', '{"password": "new"}', clock=clock)
    monkeypatch.setattr(login, "_secrets", {"arn": secret})
    credentials = SecretCredentials(secret)
    assert credentials.get_credentials() == ("old",)
    clock[0] += RENEW_SECONDS
    note_refusal(RedisConnectionError("the connection is gone"))
    assert credentials.get_credentials() == ("old",)
    outer = Unavailable("down")
    outer.__cause__ = AuthenticationError("WRONGPASS")
    note_refusal(outer)
    assert credentials.get_credentials() == ("new",)
