"""Traces for OpenTelemetry; nothing of it is loaded where OTEL_EXPORTER_OTLP_ENDPOINT is unset."""
