"""POST /event and POST /events: accepts events and answers once they are safe on the stream. POST /validate: tries."""

from mangum import Mangum
from starlette.requests import Request

from common import heap
from common.adapters.redis_counter import RedisCounter
from common.adapters.redis_stream import RedisStream
from common.adapters.visitor_salts import VisitorSalts
from common.app import App
from common.derivation.preload import preload
from common.ingest import build_ingest_app
from common.log import configure
from common.settings import Settings

settings = Settings.load_or_exit(opens_files=True)
configure(settings.log_level)
preload()
app = build_ingest_app(RedisStream(settings), settings, RedisCounter(settings), VisitorSalts(settings))
heap.settle()
handler = Mangum(app, lifespan="off")


async def ingest(_: Request) -> App:
    """The target for functions-framework, which calls the app that it gets."""
    return app
