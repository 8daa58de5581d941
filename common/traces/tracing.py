"""Makes traces and sends them to a collector, by OTLP over HTTP."""

from common.traces.driver import (
    BatchSpanProcessor,
    Context,
    NonRecordingSpan,
    OTLPSpanExporter,
    ParentBased,
    Resource,
    SpanContext,
    TraceFlags,
    TraceIdRatioBased,
    Tracer,
    TracerProvider,
    get_current_span,
    set_span_in_context,
)


def make_tracer(part: str, endpoint: str, share: float) -> Tracer:
    """The tracer of a part, which sends to `endpoint`/v1/traces in the background, and drops what can't be sent.

    `share`: of the requests that are traced, from 0 to 1.
    """
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"analytics-{part}"}),
        sampler=ParentBased(TraceIdRatioBased(share)),
    )
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider.get_tracer("website-analytics")


def find_traceparent() -> str:
    """The present span as W3C's traceparent; empty where it is not traced."""
    context = get_current_span().get_span_context()
    if not (context.is_valid and context.trace_flags.sampled):
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


def continue_trace(traceparent: str) -> Context:
    """The context in which a span belongs to the trace of a traceparent that find_traceparent gave."""
    _, trace_id, span_id, _ = traceparent.split("-")
    parent = SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )
    return set_span_in_context(NonRecordingSpan(parent), Context())
