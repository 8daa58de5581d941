"""The driver: OpenTelemetry's SDK. Outside this folder, import it from here."""

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    get_current_span,
    set_span_in_context,
)

__all__ = [
    "BatchSpanProcessor",
    "Context",
    "NonRecordingSpan",
    "OTLPSpanExporter",
    "ParentBased",
    "Resource",
    "Span",
    "SpanContext",
    "SpanKind",
    "StatusCode",
    "TraceFlags",
    "TraceIdRatioBased",
    "Tracer",
    "TracerProvider",
    "get_current_span",
    "set_span_in_context",
]
