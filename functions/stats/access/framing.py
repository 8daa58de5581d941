"""Who may show the page of a shared link in a frame."""

from common.access.key import read_key
from common.access.links import Links


def find_embed_origins(links: Links, token: str) -> list[str]:
    """The origins that a link's owner named; none for a token that opens nothing. Raises Unavailable."""
    key = read_key(token)
    link = links.find(key) if key is not None and key.kind == "link" else None
    return link.embed_origins if link else []
