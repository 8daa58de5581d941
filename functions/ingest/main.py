"""POST /event and POST /events: accepts events and answers once they are safe on the stream. POST /validate: tries."""

from mangum import Mangum
from starlette.requests import Request

from common import garbage_collector
from common.http.app import App
from common.log import configure
from common.redis.stream import RedisStream
from common.settings import Settings
from functions.ingest.app import build_ingest_app
from functions.ingest.new_sites import NewSites
from functions.ingest.preload import preload
from functions.ingest.queue_clock import QueueClock
from functions.ingest.rate_counter import RedisCounter
from functions.ingest.sites.redis_source import RedisSites
from functions.ingest.visitor_salts import VisitorSalts

settings = Settings.load_or_exit(opens_files=True)
configure(settings.log_level)
preload()
stream = RedisStream(settings)
new_sites = NewSites(stream.admit_sites, settings.new_sites_per_hour)
clock = QueueClock(stream.read_milliseconds)
salts = VisitorSalts(settings, clock.now)
measuring = None
if settings.metrics_key:  # it needs prometheus-client, which not every host has
    from functions.ingest.measured import Measuring

    measuring = Measuring(settings.metrics_key)
kept = measuring.measure(stream) if measuring else stream
app = build_ingest_app(kept, settings, RedisCounter(settings), salts, clock, new_sites, RedisSites(settings))
if measuring:
    measuring.expose(app)
garbage_collector.tune()
handler = Mangum(app, lifespan="off")


async def ingest(_: Request) -> App:
    """The target for functions-framework, which calls the app that it gets."""
    return app
