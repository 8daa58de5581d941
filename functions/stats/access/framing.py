"""The header fields of a page that shows figures: who may show it in a frame, and what it tells of itself."""

from starlette.requests import Request

from common.access.key import read_key
from common.access.links import Links

_PRIVATE = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
"""The address of a shared link opens it: no search engine lists it, and no other site is told."""


def make_page_headers(embed_origins: list[str]) -> dict[str, str]:
    """Those of a page which pages of these origins may show in a frame."""
    ancestors = " ".join(["'self'", *embed_origins])
    return {**_PRIVATE, "Content-Security-Policy": f"frame-ancestors {ancestors}"}


def find_page_headers(links: Links, request: Request) -> dict[str, str]:
    """Those of the page at /share/{token}, the same for a token that opens nothing. Raises Unavailable."""
    key = read_key(str(request.path_params["token"]))
    link = links.find(key) if key is not None and key.kind == "link" else None
    return make_page_headers(link.embed_origins if link else [])
