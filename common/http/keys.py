"""Keys that requests present: read from their header fields, and compared."""

import hmac

from starlette.requests import Request


def read_bearer(request: Request) -> str:
    """The key in `Authorization: Bearer <key>`; empty if there is none."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else ""


def is_same(presented: str, key: str) -> bool:
    """In a time that does not tell how much of the key was right; an empty key is none."""
    return bool(key) and hmac.compare_digest(presented.encode(), key.encode())
