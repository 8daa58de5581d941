"""GET /stats: serves the aggregates."""

from mangum import Mangum
from starlette.applications import Starlette
from starlette.requests import Request

from common.adapters.database import Database
from common.adapters.postgres import PostgresReader
from common.log import configure
from common.settings import Settings
from common.stats import build_stats_app

settings = Settings.load()
configure(settings.log_level)
database = Database(settings.database_url, settings.database_connections, settings.database_timeout_seconds)
app = build_stats_app(PostgresReader(database), settings.cors_allow_origins)
handler = Mangum(app, lifespan="off")


async def stats(_: Request) -> Starlette:
    """The target for functions-framework, which calls the app that it gets."""
    return app
