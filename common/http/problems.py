"""A problem document (RFC 9457) for each error that crosses a function's border."""

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from common.errors import InvalidInput, QuotaExceeded, TookTooLong, Unauthorized, Unavailable, WrongTime
from common.http.messages import describe, problem

QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"


def answer_error(error: Exception) -> Response | None:
    """The answer for one of our errors; None for any other exception, which is a failure of ours."""
    match error:
        case InvalidInput():
            extra = {"errors": describe(error.faults)} if error.faults else None
            headers = {"Now": str(error.now_ms)} if isinstance(error, WrongTime) else None
            return problem(error.status, error.title, error.detail, extra, headers)
        case TookTooLong():
            return problem(504, "Took too long", error.detail)
        case Unavailable():
            headers = {"Retry-After": str(error.retry_after_seconds)}
            return problem(503, "Service unavailable", error.detail, headers=headers)
        case QuotaExceeded():
            return _answer_quota_exceeded(error)
        case Unauthorized():
            challenge = {"WWW-Authenticate": f'Bearer realm="{error.realm}"'}
            return problem(401, "Unauthorized", error.detail, headers=challenge)
        case ClientDisconnect():
            return problem(400, "Bad request", "The body ended early.")  # nobody reads this; the client left
    return None


def answer_failure() -> Response:
    """The answer to a request that failed by our fault."""
    return problem(500, "Internal error", "The function failed; its log says why.")


def _answer_quota_exceeded(error: QuotaExceeded) -> Response:
    extra = {"type": QUOTA_EXCEEDED, "violated-policies": list(error.policies)}
    headers = {"Retry-After": str(error.retry_after_seconds), **error.fields}
    return problem(429, "Quota exceeded", error.detail, extra, headers)
