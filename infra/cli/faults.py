"""The CLI's messages about wrong settings and servers that do not answer properly."""

import click

from common.errors import Unavailable
from common.postgres.database import REFUSED_LOGIN, find_sqlstate
from common.redis.driver import AuthenticationError, RedisConnectionError, RedisTimeoutError

_NO_TABLE = "42P01"


class WrongSettings(click.ClickException):
    """Prints a line for each wrong setting; the exit code is 2."""

    exit_code = 2


def explain(error: Unavailable) -> str:
    """One line that says what does not answer, where, why, and what may help."""
    reason = f" {error.reason.rstrip('.')}." if error.reason else ""
    return f"{error.detail}{reason}{_find_hint(error)}"


def _find_hint(error: Unavailable) -> str:
    cause = error.__cause__
    sqlstate = find_sqlstate(cause)
    if sqlstate == _NO_TABLE:
        return " Has `analytics migrate` run?"
    if sqlstate in REFUSED_LOGIN:
        return " Is it the server that `make up` started, or else, is DATABASE_URL right?"
    if isinstance(cause, AuthenticationError):
        return " Is it the server that `make up` started, or else, is REDIS_URL right?"
    if isinstance(cause, (OSError, RedisConnectionError, RedisTimeoutError)) or not sqlstate:
        return " Is `make up` running? With servers of your own: are REDIS_URL and DATABASE_URL right?"
    return ""
