"""Batches of queued events: stores them and their aggregates, and reports what failed."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request

from common.adapters.database import Database
from common.adapters.postgres import PostgresStore
from common.log import configure
from common.process import build_process_app, handle_batch
from common.settings import Settings

settings = Settings.load()
configure(settings.log_level)
store = PostgresStore(Database(settings.database_url, settings.database_connections, settings.database_timeout_seconds))
app = build_process_app(store)


def handler(event: dict[str, Any], context: object = None) -> dict[str, Any]:  # noqa: ARG001
    """The native form: a batch in, `batchItemFailures` out; raises if the store is unavailable."""
    return handle_batch(event, store)


async def process(_: Request) -> Starlette:
    """The target for functions-framework, which calls the app that it gets."""
    return app
