"""Counts and times the requests of an HTTP part, and shows the figures at GET /metrics."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.errors import Unauthorized
from common.http.app import App
from common.http.client_address import group
from common.http.keys import is_same, read_bearer
from common.http.wrong_keys import WrongKeys
from common.metrics.driver import CollectorRegistry, Histogram
from common.metrics.exposition import CONTENT_TYPE, PATH, SECONDS, render

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


class RequestMeter:
    """The requests of a part, by route, method and status; a route is a template, so there are few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "analytics_http_request_duration_seconds",
            "Time from a request's headers to the start of its answer; route is empty where there is none.",
            ["route", "method", "status"],
            buckets=SECONDS,
            registry=registry,
        )
        self._known: dict[tuple[str, str, int], Histogram] = {}

    def note(self, route: str, method: str, response: Response, seconds: float) -> None:
        """Count a request that is being answered."""
        place = (route, method, response.status_code)
        known = self._known.get(place)
        if known is None:
            labels = (route, method if method in METHODS else "other", str(response.status_code))
            known = self._seconds.labels(*labels)
            if labels[1] == method:  # a client may think of any number of others
                self._known[place] = known
        known.observe(seconds)


def expose(app: App, meter: RequestMeter, registry: CollectorRegistry, key: str) -> None:
    """Have an app's requests counted, and its figures shown to who has the key."""
    wrong_keys = WrongKeys()

    async def answer(request: Request) -> Response:
        if not is_same(read_bearer(request), key):
            wrong_keys.count(group(request.client.host if request.client else ""))
            raise Unauthorized("Send METRICS_KEY as `Authorization: Bearer <key>`.", realm="metrics")
        return Response(render(registry), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})

    app.watch(meter, Route(PATH, answer))
