"""GET /, /share/…, /public/… and /assets/…: the page and its files, which may load and call this service alone."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from functions.stats.access.gate import open_route
from functions.stats.answers.documents import matches
from functions.stats.page.files import File, Files, read_files

_RULES = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script';"
        " trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Encoding",
}
_ASKED_EACH_TIME = "no-cache"
_KEPT = "public, max-age=31536000, immutable"
"""An asset's address has the version of all of them: another content has another address."""

_DOORS = ("/", "/share/{token}", "/public/{site_id}")
"""The owner's, that of whoever has a shared link, and anybody's: one page, which shows what its calls may see."""

_WHY = "there is no figure in a file"

Endpoint = Callable[[Request], Awaitable[Response]]


def build_page_routes(files: Files | None = None) -> list[Route]:
    """The routes of the page."""
    files = files or read_files()
    assets = [
        open_route(f"/assets/{files.version}/{name}", _serve(file, _KEPT), _WHY) for name, file in files.assets.items()
    ]
    page = _serve(files.page, _ASKED_EACH_TIME)
    return [*(open_route(path, page, _WHY) for path in _DOORS), *assets]


def _serve(file: File, cache: str) -> Endpoint:
    headers = {**_RULES, "Cache-Control": cache, "ETag": file.tag}

    async def answer(request: Request) -> Response:
        if matches(request.headers.get("if-none-match"), file.tag):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(file.compressed, headers=headers | {"Content-Encoding": "gzip"}, media_type=file.media_type)
        return Response(file.content, headers=headers, media_type=file.media_type)

    return answer
