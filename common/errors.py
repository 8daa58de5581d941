"""The errors that modules raise to each other.

AnalyticsError
├── InvalidInput        422  what the client sent, and what would be right
│   ├── NotJson         400
│   ├── Forbidden       403
│   ├── OriginRefused   403
│   ├── NotFound        404
│   ├── AlreadyExists   409
│   ├── TooLarge        413
│   ├── WrongMediaType  415
│   ├── Misdirected     421
│   ├── WrongTime       422  an event's time is none that is accepted; the answer tells ours
│   └── FromTheFuture   422  a batch whose ids are of a later time than now
├── Unauthorized        401  the key is missing or wrong
├── QuotaExceeded       429  this client, or this site, has sent too many requests
├── Unavailable         503  a store is down or full: try again
│   └── TookTooLong     504  the database worked on these values until its time-out, and waited for nobody
├── StoreRejected            the database refuses the values themselves: trying again is pointless
└── WrongSetting             a setting can't be right; the message names it and says what would be
"""

from dataclasses import dataclass
from typing import Any


class AnalyticsError(Exception):
    """Root of the tree."""


def detach(error: Exception) -> None:
    """Drop an error's traceback once it has been reported.

    Its frames keep every local variable alive. If one of those is the error itself, the cycle is not freed.
    """
    error.__traceback__ = error.__context__ = error.__cause__ = None


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with the input: where (a JSON pointer or a parameter), and what would be right."""

    detail: str
    pointer: str = ""
    parameter: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For the `errors` member of a problem document."""
        return {name: value for name, value in vars(self).items() if value}


class InvalidInput(AnalyticsError):
    """The client's input can't be accepted."""

    status = 422
    title = "Invalid input"

    def __init__(self, detail: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = faults


class NotJson(InvalidInput):
    """The body is not JSON at all."""

    status = 400
    title = "Not JSON"


class Forbidden(InvalidInput):
    """The request comes from where none is answered."""

    status = 403
    title = "Forbidden"


class OriginRefused(InvalidInput):
    """The request comes from a page whose origin may not send it."""

    status = 403
    title = "Origin not allowed"


class NotFound(InvalidInput):
    """There is no such thing, or the caller may not know of it."""

    status = 404
    title = "Not found"


class AlreadyExists(InvalidInput):
    """What is there already stands against it."""

    status = 409
    title = "Conflict"


class TooLarge(InvalidInput):
    """The body has too many bytes or events."""

    status = 413
    title = "Too large"


class WrongMediaType(InvalidInput):
    """The body has a Content-Type or Content-Encoding that is not supported."""

    status = 415
    title = "Unsupported media type"


class Misdirected(InvalidInput):
    """The request was sent to a host that is not ours."""

    status = 421
    title = "Misdirected request"


class FromTheFuture(InvalidInput):
    """The batch claims ids that the queue can't have given yet; or the clocks differ, and later it is right."""

    title = "From the future"


class WrongTime(InvalidInput):
    """The event's time is none that is accepted; `now_ms` is ours, in milliseconds since 1970."""

    def __init__(self, detail: str, faults: tuple[Fault, ...], now_ms: int) -> None:
        super().__init__(detail, faults)
        self.now_ms = now_ms


class Unauthorized(AnalyticsError):
    """The request does not present the key of `realm`; `detail` says how to."""

    def __init__(self, detail: str, realm: str = "stats") -> None:
        super().__init__(detail)
        self.detail = detail
        self.realm = realm


class QuotaExceeded(AnalyticsError):
    """Too many requests under the named policies; `fields` are the answer's RateLimit header fields."""

    def __init__(
        self, policies: tuple[str, ...], retry_after_seconds: int, fields: dict[str, str], detail: str = ""
    ) -> None:
        super().__init__(f"quota exceeded: {', '.join(policies)}")
        self.detail = detail or f"Too many requests; send the same again in {retry_after_seconds} s."
        self.policies = policies
        self.retry_after_seconds = retry_after_seconds
        self.fields = fields


class Unavailable(AnalyticsError):
    """A store is unavailable; `retry_after_seconds` is a guess at when it will be back.

    `reason`: what an operator is told beside `detail`. No client is: it names hosts.
    """

    def __init__(self, detail: str, retry_after_seconds: int = 1, reason: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds
        self.reason = reason


class TookTooLong(Unavailable):
    """The database worked on a batch until its time-out: either everything is slow, or the batch is at fault."""


class StoreRejected(AnalyticsError):
    """PostgreSQL refuses the values (SQLSTATE class 22 or 23)."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(f"PostgreSQL refuses the values (SQLSTATE {sqlstate})")
        self.sqlstate = sqlstate


class WrongSetting(AnalyticsError):
    """A setting is wrong. The message has one line for each: its name, and what would be right."""
