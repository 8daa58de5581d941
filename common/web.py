"""What the HTTP functions share: bounded bodies, problem documents (RFC 9457), CORS, health routes."""

import json
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from common.admission import BUSY, DEFAULT, Admission, Limits
from common.errors import Fault, InvalidInput, QuotaExceeded, TooLarge, Unauthorized, Unavailable, WrongMediaType

QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"


def build_app(routes: Sequence[BaseRoute], cors_allow_origins: str = "", limits: Limits = DEFAULT) -> Starlette:
    """A function's ASGI app: its routes, GET /healthz, and problem documents for every error.

    `cors_allow_origins`: comma-separated origins whose pages may call it; empty: no CORS headers.
    `limits`: what it takes on at once.
    """
    cors = Middleware(
        CORSMiddleware,
        allow_origins=[origin.strip() for origin in cors_allow_origins.split(",")],
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type", "Authorization", "X-API-Key", "If-None-Match"],
        expose_headers=["Retry-After", "RateLimit", "RateLimit-Policy", "ETag"],
        max_age=86_400,
    )
    admission = Middleware(Admission, limits=limits, when_busy=_unavailable(Unavailable(BUSY)))
    app = Starlette(
        routes=[*routes, Route("/healthz", _answer_alive)],
        middleware=[*([cors] if cors_allow_origins else []), admission],
        exception_handlers={
            HTTPException: _answer_http_error,
            ClientDisconnect: _answer_gone,
            InvalidInput: _answer_invalid,
            Unauthorized: _answer_unauthorized,
            QuotaExceeded: _answer_quota_exceeded,
            Unavailable: _answer_unavailable,
            Exception: _answer_failure,
        },
    )
    app.router.redirect_slashes = False  # to a URL that the client's Host header would make
    return app


def answer(content: Any, status: int = 200) -> Response:
    """Compact JSON."""
    return Response(encode(content), status, media_type="application/json")


def encode(content: Any) -> bytes:
    """Compact JSON in UTF-8."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")


def problem(
    status: int,
    title: str,
    detail: str,
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """A problem document."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **(extra or {})}
    return Response(encode(content), status, headers, media_type="application/problem+json")


def describe(faults: Sequence[Fault]) -> list[dict[str, Any]]:
    """The `errors` member of a problem document."""
    return [fault.as_dict() for fault in faults]


def describe_error(error: InvalidInput) -> list[dict[str, Any]]:
    """What is wrong with one event of many."""
    return describe(error.faults) or [{"detail": error.detail}]


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The request's body; raises TooLarge as soon as it is over the limit, without reading the rest."""
    declared = request.headers.get("content-length", "")
    if re.fullmatch("[0-9]{1,20}", declared) and int(declared) > max_bytes:
        raise TooLarge(f"The body has {declared} bytes; at most {max_bytes} are read.")
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise TooLarge(f"The body is over {max_bytes} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def check_media_type(request: Request, accepted: Sequence[str]) -> str:
    """The body's media type in lower case, one of `accepted`; raises WrongMediaType."""
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    media_type = media_type.strip().lower()
    if media_type not in accepted:
        raise WrongMediaType(f"Content-Type should be one of: {', '.join(accepted)}.")
    named = dict(one.strip().lower().partition("=")[::2] for one in parameters.split(";"))
    if named.get("charset", "utf-8").strip('"') not in ("utf-8", "utf8", "us-ascii"):
        raise WrongMediaType("The charset should be utf-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise WrongMediaType("Content-Encoding should be absent: bodies are read uncompressed.")
    return media_type


async def _answer_alive(_: Request) -> Response:
    return answer({"status": "ok"})


async def _answer_http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette hands over what was registered
    title = HTTPStatus(error.status_code).phrase
    details = {404: "There is nothing at this path.", 405: "This path does not take this method."}
    headers = dict(error.headers or {})
    return problem(error.status_code, title, details.get(error.status_code, title), headers=headers)


async def _answer_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidInput)  # noqa: S101
    extra = {"errors": describe(error.faults)} if error.faults else None
    return problem(error.status, error.title, error.detail, extra)


async def _answer_unauthorized(_: Request, error: Exception) -> Response:
    assert isinstance(error, Unauthorized)  # noqa: S101
    return problem(401, "Unauthorized", error.detail, headers={"WWW-Authenticate": 'Bearer realm="stats"'})


async def _answer_unavailable(_: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)  # noqa: S101
    return _unavailable(error)


def _unavailable(error: Unavailable) -> Response:
    headers = {"Retry-After": str(error.retry_after_seconds)}
    return problem(503, "Service unavailable", error.detail, headers=headers)


async def _answer_quota_exceeded(_: Request, error: Exception) -> Response:
    assert isinstance(error, QuotaExceeded)  # noqa: S101
    detail = f"Too many requests; send the same again in {error.retry_after_seconds} s."
    extra = {"type": QUOTA_EXCEEDED, "violated-policies": list(error.policies)}
    headers = {"Retry-After": str(error.retry_after_seconds), **error.fields}
    return problem(429, "Quota exceeded", detail, extra, headers)


async def _answer_gone(_: Request, __: Exception) -> Response:
    return problem(400, "Bad request", "The body ended early.")  # nobody reads it; it is no failure of ours


async def _answer_failure(_: Request, __: Exception) -> Response:
    return problem(500, "Internal error", "The function failed; its log says why.")
