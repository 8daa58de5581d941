"""GET /stats and /v1/stats/…: serves the figures; GET /: the page that shows them."""

from mangum import Mangum
from starlette.requests import Request

from common import garbage_collector
from common.groups.database_of_site import DatabaseOfSite
from common.groups.databases import Databases
from common.http.admission import Limits
from common.http.app import App
from common.log import configure
from common.reports.subscriptions import Subscriptions
from common.settings import Settings
from common.traces.loading import load_tracing
from functions.stats.access.api_key import ApiKey
from functions.stats.access.gate import Gate
from functions.stats.access.identity import Identity, Stores
from functions.stats.access.share import Share
from functions.stats.app import build_stats_app
from functions.stats.day.reader import DayReader
from functions.stats.estimator.reader import FiguresReader
from functions.stats.export.routes import build_export_routes
from functions.stats.funnels.routes import build_funnel_routes
from functions.stats.goals.routes import build_goal_routes
from functions.stats.journeys.routes import build_journeys_route
from functions.stats.manage.definitions import build_definition_routes
from functions.stats.manage.imports import build_import_routes
from functions.stats.manage.routes import build_access_routes
from functions.stats.manage.sites import build_site_routes
from functions.stats.page.routes import build_page_routes
from functions.stats.reports.routes import build_unsubscribe_routes
from functions.stats.retention.routes import build_retention_route
from functions.stats.routes import build_routes, read_clock

MOST_EXPORTS = 2
"""At a time: each holds a connection for as long as its client reads."""

settings = Settings.load_or_exit()
configure(settings.log_level)
databases = Databases.of(settings)
export_databases = Databases.of(settings.model_copy(update={"database_connections": MOST_EXPORTS}))
database, exports = (
    DatabaseOfSite(one) if settings.database_groups else one.home for one in (databases, export_databases)
)
identity = Identity(settings, ApiKey.of(settings), stores := Stores.of(databases.home, database))
gate = Gate(identity)
reader, share = FiguresReader.of(database, settings), Share.of(settings)
app = build_stats_app(
    DayReader(database),
    gate,
    settings.cors_allow_origins,
    Limits.of(settings),
    [
        *build_routes(reader, gate, share=share),
        *build_goal_routes(database, reader, gate, read_clock, share=share),
        *build_funnel_routes(database, reader, gate, read_clock, share=share),
        build_retention_route(reader, gate, read_clock, share=share),
        build_journeys_route(reader, gate, read_clock, share=share),
        *build_access_routes(stores, identity, gate, databases),
        *build_page_routes(stores.links),
        *build_unsubscribe_routes(Subscriptions(database)),
        *build_export_routes(exports, gate),
        *build_definition_routes(database, gate),
        *build_import_routes(database, gate),
        *build_site_routes(database, gate, settings.time_zone, databases if settings.database_groups else None),
    ],
)
if settings.metrics_key:  # it needs prometheus-client, which not every host has
    from functions.stats.measured import measure

    pools = {"figures": databases.home, "exports": export_databases.home}
    measure(app, pools, settings.metrics_key)
if tracing := load_tracing("stats", settings):
    app.tracer = tracing.requests
garbage_collector.tune()
handler = Mangum(app, lifespan="off")


async def stats(_: Request) -> App:
    """The target for functions-framework, which calls the app that it gets."""
    return app
