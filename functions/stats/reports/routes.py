"""/unsubscribe/…: ends a subscription to reports, for whoever has the signed link of one of its mails.

A GET changes nothing, because mail programs and scanners open every link. A mail program's own button sends a POST
(RFC 8058), and so does the button of the page.
"""

from html import escape

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from common.errors import NotFound
from common.reports.subscriptions import NO_SUCH, Subscriptions
from functions.stats.access.gate import open_route

ACTOR = "link of a report"
_WHY = "the link is signed, and ends what it is about alone"
_RULES = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Reports by mail</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color:#111827}}
button{{font:inherit;font-weight:600;padding:.6rem 1.2rem;border:0;border-radius:6px;background:#1d4ed8;color:#fff}}
</style>
</head><body><h1>Reports by mail</h1><p>{words}</p>{form}</body></html>
"""
_FORM = '<form method="post"><button>Unsubscribe</button></form>'


def build_unsubscribe_routes(subscriptions: Subscriptions) -> list[Route]:
    """The page that asks, and its answer."""

    def end(token: str) -> str:
        found = subscriptions.find(token)
        subscriptions.remove(ACTOR, found.subscription_id)
        return f"{found.address} gets no more {found.period} reports of {found.site_id}."

    async def ask(request: Request) -> Response:
        try:
            found = await run_in_threadpool(subscriptions.find, str(request.path_params["token"]))
        except NotFound:
            return _show(404, NO_SUCH)
        return _show(200, f"Send no more {found.period} reports of {found.site_id} to {found.address}?", _FORM)

    async def unsubscribe(request: Request) -> Response:
        try:
            return _show(200, await run_in_threadpool(end, str(request.path_params["token"])))
        except NotFound:
            return _show(404, NO_SUCH)

    path = "/unsubscribe/{token}"
    return [open_route(path, ask, _WHY), open_route(path, unsubscribe, _WHY, ["POST"])]


def _show(status: int, words: str, form: str = "") -> Response:
    return HTMLResponse(_PAGE.format(words=escape(words), form=form), status, headers=_RULES)
