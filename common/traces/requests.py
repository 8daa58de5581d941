"""A span for each request of an HTTP part."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from common.http.admission import HEALTH_PATHS
from common.http.problems import answer_error
from common.traces.driver import Context, Span, SpanKind, StatusCode, Tracer


class RequestTracer:
    """Wraps the answering of requests. Traces begin here: what a sender says of his own would let him choose them."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    async def answer(
        self, request: Request, work: Callable[[], Awaitable[Response]], find_route: Callable[[], str]
    ) -> Response:
        """What `work` answers. `find_route`: the path as it was declared, once `work` has found it."""
        if request.scope["path"] in HEALTH_PATHS:
            return await work()
        method = request.method if request.method in ("GET", "POST", "PUT", "DELETE") else "other"
        with self._tracer.start_as_current_span(
            method, Context(), SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                response = await work()
            except Exception as error:
                known = answer_error(error)
                _describe(span, method, find_route(), known.status_code if known else 500)
                raise
            _describe(span, method, find_route(), response.status_code)
            return response


def _describe(span: Span, method: str, route: str, status: int) -> None:
    if not span.is_recording():
        return
    span.update_name(f"{method} {route}".rstrip())
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.response.status_code", status)
    if route:
        span.set_attribute("http.route", route)
    if status >= 500:
        span.set_status(StatusCode.ERROR)
