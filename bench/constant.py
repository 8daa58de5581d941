"""Ceilings: the server that serves ingest, with a constant for an answer."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

_BODY = b'{"status":"ok"}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())]


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """ASGI with nothing around it."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    status = 200 if scope["path"] == "/healthz" else 202
    await send({"type": "http.response.start", "status": status, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


async def _answer(request: Request) -> Response:
    await request.body()
    return Response(_BODY, 202, media_type="application/json")


async def _healthz(_: Request) -> Response:
    return Response(_BODY, media_type="application/json")


starlette = Starlette(routes=[Route("/event", _answer, methods=["POST"]), Route("/healthz", _healthz)])
