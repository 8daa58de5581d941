"""The stats function's ASGI app."""

from collections.abc import Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.http import messages
from common.http.admission import DEFAULT, Limits
from common.http.app import App, build_app
from functions.stats.access.gate import Gate, open_route
from functions.stats.day import route as day


def build_stats_app(
    reader: day.Reader,
    gate: Gate,
    cors_allow_origins: str,
    limits: Limits = DEFAULT,
    more: Sequence[Route] = (),
) -> App:
    """GET /stats, whether its figures can be read, and `more` routes."""

    async def answer_ready(_: Request) -> Response:
        await run_in_threadpool(reader.ping)
        return messages.answer({"status": "ok"})

    routes = [
        day.build_route(reader, gate),
        open_route("/readyz", answer_ready, "it says whether figures can be read, and none of them"),
        *more,
    ]
    return build_app(routes, cors_allow_origins, limits)
