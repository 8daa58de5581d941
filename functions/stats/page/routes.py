"""GET /, /share/…, /public/… and /assets/…: the page and its files, which may load and call this service alone."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.access.links import Links
from functions.stats.access.framing import find_embed_origins
from functions.stats.access.gate import open_route
from functions.stats.answers.documents import matches
from functions.stats.page.serving import File, Files, read_page

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors "
)
_RULES = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Encoding",
}
_OWNERS = _RULES | {
    "Content-Security-Policy": f"{_POLICY}'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_NOT_LISTED = {"X-Robots-Tag": "noindex, nofollow"}
_PUBLIC = _OWNERS | _NOT_LISTED
_SHARED = _RULES | _NOT_LISTED | {"Cache-Control": "no-store"}
"""The address of a shared link opens it: no search engine lists it, no cache keeps it."""
_KEPT = _RULES | {
    "Content-Security-Policy": f"{_POLICY}'none'",
    "Cache-Control": "public, max-age=31536000, immutable",
}
"""An asset's address has the version of all of them: another content has another address."""

_WHY = "there is no figure in a file"

Endpoint = Callable[[Request], Awaitable[Response]]


def build_page_routes(links: Links, files: Files | None = None) -> list[Route]:
    """The routes of the page: the owner's, that of whoever has a shared link, anybody's for a public site, and files.

    It is one page, which shows what its calls may see.
    """
    files = files or read_page()

    async def answer_page(request: Request) -> Response:
        return _serve(request, page, _OWNERS)

    async def answer_public(request: Request) -> Response:
        return _serve(request, page, _PUBLIC)

    async def answer_shared(request: Request) -> Response:
        origins = await run_in_threadpool(find_embed_origins, links, str(request.path_params["token"]))
        ancestors = " ".join(["'self'", *origins])
        return _serve(request, page, _SHARED | {"Content-Security-Policy": _POLICY + ancestors})

    page = files.page
    doors: list[Route] = [
        open_route("/", answer_page, _WHY),
        open_route("/share/{token}", answer_shared, _WHY),
        open_route("/public/{site_id}", answer_public, _WHY),
    ]
    return doors + [
        open_route(f"/assets/{files.version}/{name}", _make_endpoint(file), _WHY) for name, file in files.assets.items()
    ]


def _make_endpoint(file: File) -> Endpoint:
    async def answer(request: Request) -> Response:
        return _serve(request, file, _KEPT)

    return answer


def _serve(request: Request, file: File, rules: Mapping[str, str]) -> Response:
    headers = {**rules, "ETag": file.tag}
    if matches(request.headers.get("if-none-match"), file.tag):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.compressed, headers=headers | {"Content-Encoding": "gzip"}, media_type=file.media_type)
    return Response(file.content, headers=headers, media_type=file.media_type)
