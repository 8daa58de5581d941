"""A connection to the queue that is reset while nobody uses it."""

import asyncio

from common.redis.stream import RedisStream
from common.settings import Settings
from tests.chaos.proxy import Mode, Proxy


async def append_around_reset(settings: Settings, proxy: Proxy) -> None:
    """Append the event 1 over a proxy that the settings name or lead to, reset its connections, append the event 2."""
    await proxy.set_mode(Mode.THROUGH)
    stream = RedisStream(settings)
    try:
        await stream.append(0, [("blog", b"1")])
        await proxy.set_mode(Mode.CUT)
        await proxy.set_mode(Mode.THROUGH)
        await asyncio.sleep(0.1)
        await stream.append(0, [("blog", b"2")])
    finally:
        await stream.close()
        await proxy.close()
