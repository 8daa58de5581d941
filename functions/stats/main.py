"""GET /stats and /v1/stats/…: serves the figures."""

from mangum import Mangum
from starlette.requests import Request

from common import heap
from common.adapters.database import Database
from common.adapters.figures_reader import FiguresReader
from common.adapters.postgres import PostgresReader
from common.admission import Limits
from common.api_key import ApiKey
from common.app import App
from common.log import configure
from common.query.routes import build_routes
from common.settings import Settings
from common.stats import build_stats_app

settings = Settings.load_or_exit()
configure(settings.log_level)
database = Database.of(settings)
api_key = ApiKey.of(settings)
app = build_stats_app(
    PostgresReader(database),
    api_key,
    settings.cors_allow_origins,
    Limits.of(settings),
    build_routes(FiguresReader(database), api_key),
)
heap.settle()
handler = Mangum(app, lifespan="off")


async def stats(_: Request) -> App:
    """The target for functions-framework, which calls the app that it gets."""
    return app
