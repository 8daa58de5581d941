"""Batches of queued events: stores them and their aggregates, and reports what failed."""

from typing import Any

from starlette.requests import Request

from common import garbage_collector
from common.errors import TookTooLong, Unavailable
from common.http.admission import Limits
from common.http.app import App
from common.log import configure
from common.settings import Settings
from common.traces.loading import load_tracing
from functions.process.app import Note, build_process_app, handle_batch, join_notes
from functions.process.caller_guard import Guard
from functions.process.grouped_store import GroupedStore
from functions.process.store import PostgresStore

settings = Settings.load_or_exit()
configure(settings.log_level)
store = GroupedStore.of(settings) if settings.database_groups else PostgresStore.of(settings)
measuring = None
notes: list[Note] = []
if settings.metrics_key:  # it needs prometheus-client, which not every host has
    from functions.process.measured import Measuring

    measuring = Measuring(settings.metrics_key, store.pools)
    notes.append(measuring.note)
tracing = load_tracing("process", settings)
if tracing:
    from functions.process.traced import BatchTracer

    notes.append(BatchTracer(tracing.tracer).note)
app = build_process_app(store, Guard.of(settings), Limits.of(settings), join_notes(notes))
if measuring:
    measuring.expose(app)
if tracing:
    app.tracer = tracing.requests
garbage_collector.tune()


def handler(event: dict[str, Any], context: object = None) -> dict[str, Any]:  # noqa: ARG001
    """The native form: a batch in, `batchItemFailures` out; raises Unavailable if the store is, or TookTooLong."""
    try:
        return handle_batch(event, store)
    except TookTooLong:
        raise
    except Unavailable as error:
        raise Unavailable(error.detail) from error  # the class itself, not a subclass: the poller goes by its name


async def process(_: Request) -> App:
    """The target for functions-framework, which calls the app that it gets."""
    return app
