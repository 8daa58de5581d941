"""GET /stats: serves the aggregates."""

from mangum import Mangum
from starlette.applications import Starlette
from starlette.requests import Request

from common.adapters.database import Database
from common.adapters.postgres import PostgresReader
from common.admission import Limits
from common.api_key import ApiKey
from common.log import configure
from common.settings import Settings
from common.stats import build_stats_app

settings = Settings.load()
configure(settings.log_level)
reader = PostgresReader(Database.of(settings))
app = build_stats_app(reader, ApiKey.of(settings), settings.cors_allow_origins, Limits.of(settings))
handler = Mangum(app, lifespan="off")


async def stats(_: Request) -> Starlette:
    """The target for functions-framework, which calls the app that it gets."""
    return app
