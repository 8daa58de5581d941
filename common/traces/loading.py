"""Loads OpenTelemetry where traces are to be sent, and nowhere else."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from common.settings import Settings

if TYPE_CHECKING:
    from common.http.app import Tracer as RequestTracing
    from common.traces.driver import Tracer

log = logging.getLogger(__name__)


class Tracing(NamedTuple):
    """What a part traces with."""

    tracer: "Tracer"
    requests: "RequestTracing"
    find_traceparent: Callable[[], str]


def load_tracing(part: str, settings: Settings) -> Tracing | None:
    """None where no traces are to be sent, or its packages are missing: events are taken without it."""
    if not settings.otel_exporter_otlp_endpoint:
        return None
    try:
        from common.traces.requests import RequestTracer
        from common.traces.tracing import find_traceparent, make_tracer
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        log.error("NO TRACES ARE SENT: OpenTelemetry is not installed here; docs/operations.md says how to install it")
        return None
    tracer = make_tracer(part, settings.otel_exporter_otlp_endpoint, settings.traces_share)
    return Tracing(tracer, RequestTracer(tracer), find_traceparent)
