"""Ends the traces of events: how long they waited, and how they were stored. Loaded only where traces are sent."""

import time

from common import wire
from common.traces.driver import SpanKind, Tracer
from common.traces.tracing import continue_trace
from functions.process.app import Report

MOST_TRACES = 100
"""Of one batch; further ones end at ingest."""


class BatchTracer:
    """Adds to the trace of each event's request what became of it here."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def note(self, report: Report) -> None:
        """Add spans for a batch that is committed."""
        ended = time.time_ns()
        began = ended - int(report.seconds * 1e9)
        for message_id, traceparent in report.traces[:MOST_TRACES]:
            context = continue_trace(traceparent)
            queued = wire.read_milliseconds(message_id)
            if queued is not None:
                self._tracer.start_span(
                    "wait in the queue",
                    context,
                    SpanKind.CONSUMER,
                    {"messaging.system": "redis", "messaging.message.id": message_id},
                    start_time=queued * 1_000_000,
                ).end(max(began, queued * 1_000_000))
            self._tracer.start_span(
                "store",
                context,
                SpanKind.CONSUMER,
                {
                    "messaging.message.id": message_id,
                    "messaging.batch.message_count": report.entries,
                    "analytics.batch.events": report.events,
                    "analytics.batch.stored": report.stored,
                },
                start_time=began,
            ).end(ended)
