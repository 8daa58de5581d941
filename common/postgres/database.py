"""Connections to PostgreSQL: few, reused, and their errors translated."""

import logging
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from common.aws.secrets import Secret, read_login
from common.errors import StoreRejected, Unavailable
from common.postgres.cancellation import cancellable
from common.postgres.driver import Connection, DatabaseError, Error
from common.settings import Settings

Result = TypeVar("Result")

log = logging.getLogger(__name__)

REFUSED_VALUES = ("22", "23", "54")
"""SQLSTATE classes of values that the database can't take: data, constraints, sizes."""
TRY_AGAIN = ("", "40001", "40P01", "57P01", "57P02")
"""A lost connection, serialisation failure, deadlock, server shutdown: the same may succeed at once."""
REFUSED_LOGIN = ("28P01", "28000")
NO_POSTGRESQL = "08P01"
LOCK_TIMEOUT = "55P03"
QUERY_CANCELED = "57014"
"""The statement took longer than its time-out."""
LOCK_SHARE = 0.9
"""Of a statement's time-out, what it may wait for one lock."""
TRIES = 3


class Conflict(Unavailable):
    """A transaction that lost against another one, or lost its connection."""


class Watch(Protocol):
    """Who counts the connections that are in use."""

    def take(self, waited_seconds: float) -> None: ...
    def give_back(self) -> None: ...


class Database:
    """At most `connections` connections, each used by one thread at a time, opened when first needed."""

    def __init__(self, url: str, connections: int, timeout_seconds: float, secret_arn: str = "") -> None:
        """`secret_arn`: secret of AWS Secrets Manager that holds the login, if the URL does not."""
        self._target = parse_url(url)
        if not self._target["user"] and not secret_arn:
            raise ValueError("DATABASE_URL has no user, and there is no DATABASE_SECRET_ARN.")
        self._secret = Secret(secret_arn) if secret_arn else None
        self._timeout_seconds = timeout_seconds
        self.most_connections = connections
        self.watch: Watch | None = None
        """None: nobody counts."""
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue()
        self._free = threading.BoundedSemaphore(connections)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The database that the settings name."""
        return cls(
            settings.database_url,
            settings.database_connections,
            settings.database_timeout_seconds,
            settings.database_secret_arn,
        )

    def close(self) -> None:
        """Close the idle connections; a later use opens new ones."""
        while (connection := self._take_idle()) is not None:
            with suppress(Exception):
                connection.close()

    def run(self, statement: str, **parameters: Any) -> list[list[Any]]:
        """The rows of one statement in a transaction of its own.

        Raises StoreRejected for values that PostgreSQL refuses, Unavailable for everything else.
        A conflict or a lost connection is tried again: give it only statements that may run twice.
        """

        def run_once() -> list[list[Any]]:
            with self.transaction() as connection:
                return connection.run(statement, **parameters) or []

        return self.retry(run_once)

    def retry(self, work: Callable[[], Result]) -> Result:
        """The result of `work`, tried again after a Conflict, a few times and within the time-out."""
        deadline = time.monotonic() + self._timeout_seconds
        for _ in range(TRIES - 1):
            try:
                return work()
            except Conflict:
                if time.monotonic() > deadline:
                    raise
        return work()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection within a transaction that is committed at the end. Raises as `run` does."""
        with self._checkout() as connection:
            ms = int(self._timeout_seconds * 1000)
            # less for a lock: so what waited for others is told apart from what was itself too much
            lock_ms = int(ms * LOCK_SHARE)
            # compiling our statements takes PostgreSQL seconds, for milliseconds of work
            connection.run(
                f"begin; set local jit = off; set local statement_timeout = {ms}; set local lock_timeout = {lock_ms}"
            )
            yield connection
            connection.run("commit")

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A connection outside any transaction, for what can't be run in one. Raises as `run` does."""
        with self._checkout() as connection:
            yield connection
            connection.discard_all()

    @contextmanager
    def _checkout(self) -> Iterator[Connection]:
        began = time.perf_counter()
        if not self._free.acquire(timeout=self._timeout_seconds):
            raise Unavailable("All connections to the database are in use.")
        watch = self.watch
        if watch is not None:
            watch.take(time.perf_counter() - began)
        connection = None
        try:
            connection = self._take_idle() or self._open()
            with cancellable(connection):
                yield connection
            self._idle.put(connection)
            connection = None
        except (Error, OSError) as error:
            translated = translate(error)
            if isinstance(translated, Unavailable):
                translated.reason = f"{self._target['host']}:{self._target['port']}: {_tell(error)}"
            if isinstance(translated, Conflict):
                self.close()  # a server that dropped one connection has likely dropped them all
            raise translated from error
        finally:
            if connection is not None:
                # never reuse it, whatever its state: closing it rolls back
                with suppress(Exception):
                    connection.close()
            self._free.release()
            if watch is not None:
                watch.give_back()

    def _take_idle(self) -> Connection | None:
        with suppress(queue.Empty):
            return self._idle.get_nowait()
        return None

    def _open(self) -> Connection:
        try:
            return self._log_in()
        except DatabaseError as error:
            if self._secret is None or find_sqlstate(error) not in REFUSED_LOGIN:
                raise
            self._secret.refuse()  # rotated since it was fetched
            return self._log_in()

    def _log_in(self) -> Connection:
        target = self._target
        if self._secret is not None:
            login = read_login(self._secret)
            target = {**target, "user": login.username, "password": login.password}
        # longer than the statement's own time-out, because the server's answer is clearer
        margin = min(5.0, self._timeout_seconds / 2)
        return _connect(target, self._timeout_seconds + margin)


def _connect(target: dict[str, Any], timeout_seconds: float) -> Connection:
    link = socket.create_connection((target["host"], target["port"]), timeout_seconds)
    try:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        # the driver writes a large message in parts; Nagle's algorithm would have each wait 40 ms for the one before
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Connection(**target, sock=link)
    except Exception as error:
        link.close()
        # the driver fails oddly if a password is missing, or if this is not a PostgreSQL server
        if target["password"] is None and (isinstance(error, AttributeError) or "no password" in str(error)):
            raise DatabaseError({"C": REFUSED_LOGIN[0], "M": "it asks for a password, and none is set"}) from error
        if isinstance(error, (Error, OSError)):
            raise
        raise DatabaseError({"C": NO_POSTGRESQL, "M": "what answers there is not PostgreSQL"}) from error
    except BaseException:
        link.close()
        raise


def parse_url(url: str) -> dict[str, Any]:
    """pg8000's arguments for a postgresql:// URL.

    `?sslmode=verify-full` asks for TLS with a verified server, `&sslrootcert=FILE` for another authority
    than the system's; `disable` for none. Without it TLS is used where the server has it, and nothing is
    verified, as libpq does: no way to reach a server over a network that others share.
    `?options=-csearch_path%3Dname` names another schema than the role's own.
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    sslmode = options.get("sslmode", ["prefer"])[-1]
    if parts.scheme not in ("postgresql", "postgres") or sslmode not in ("disable", "prefer", "verify-full"):
        raise ValueError(
            "DATABASE_URL should look like postgresql://user:password@host:5432/database,"
            " with ?sslmode=verify-full for TLS"
        )
    target: dict[str, Any] = {
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password) if parts.password else None,
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 5432,
        "database": unquote(parts.path.lstrip("/")) or None,
        "application_name": "website-analytics",
        "ssl_context": False if sslmode == "disable" else None,
    }
    if "options" in options:
        target["startup_params"] = {"options": options["options"][-1]}
    if sslmode == "verify-full":
        import ssl

        target["ssl_context"] = ssl.create_default_context(cafile=options.get("sslrootcert", [None])[-1])
    return target


def translate(error: Exception) -> Exception:
    """What an error of the driver means to us."""
    sqlstate = find_sqlstate(error)
    if sqlstate[:2] in REFUSED_VALUES:
        return StoreRejected(sqlstate)
    log.warning("the database failed", extra={"fields": {"sqlstate": sqlstate, "error": str(error)[:300]}})
    if sqlstate in TRY_AGAIN:
        return Conflict("The database can't be reached.")
    return Unavailable("The database can't do this now.")


def _tell(error: Error | OSError) -> str:
    details = error.args[0] if error.args else None
    words = details.get("M") if isinstance(details, dict) else getattr(error, "strerror", None)
    return str(words or error or type(error).__name__)


def find_sqlstate(error: BaseException | None) -> str:
    """The code of an error of the driver; empty if it has none: a lost connection."""
    details = error.args[0] if isinstance(error, DatabaseError) and error.args else None
    return str(details.get("C", "")) if isinstance(details, dict) else ""
