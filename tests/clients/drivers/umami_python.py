"""Every call of the PyPI package umami-analytics that sends something, and of umami-asgi; an answer a line."""

import asyncio
import json
import os
from typing import Any

import httpx
import umami
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from umami_asgi import UmamiMiddleware

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def tell(answer: Any) -> None:
    print(json.dumps(answer))


async def send_all() -> None:
    tell(umami.new_page_view("Home", "/home", referrer="https://news.ycombinator.com/"))
    tell(await umami.new_page_view_async("Home", "/home", ip_address="203.0.113.9"))
    tell(umami.new_event("signup", url="/join", custom_data={"plan": "pro"}, distinct_id=7))
    tell(await umami.new_event_async("signup", url="/join", custom_data={"plan": "hobby"}))
    tell(umami.new_revenue_event(12.5, "EUR", "buy", distinct_id="ann"))
    tell(await umami.new_revenue_event_async(7.5, "EUR", "buy", distinct_id="ann"))
    umami.disable()
    tell(umami.new_event("never"))
    umami.enable()


async def serve_a_page() -> None:
    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse("a page")

    app = Starlette(routes=[Route("/served", answer)])
    app.add_middleware(
        UmamiMiddleware, api_endpoint=f"{os.environ['INGEST_URL']}/api", website_id=os.environ["WEBSITE"]
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://blog.example") as client:
        await client.get("/served", headers={"User-Agent": FIREFOX, "Accept-Language": "de-DE,de;q=0.8"})
    tell("served")


umami.set_url_base(os.environ["INGEST_URL"])
umami.set_website_id(os.environ["WEBSITE"])
umami.set_hostname("blog.example")
asyncio.run(send_all())
asyncio.run(serve_a_page())
