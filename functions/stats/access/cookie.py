"""Reads a cookie by its exact name, and no other that looks like it."""

from starlette.requests import Request


def read_cookie(request: Request, name: str) -> str:
    """The value of the cookie of exactly this name; empty where there is none, or two that differ.

    Starlette strips any white space around a name, U+0085 and U+00A0 as well, which browsers take for part of it.
    Another host of the same domain may set a cookie of such a name, without what the prefix `__Host-` demands.
    """
    pairs = (part.strip(" \t").partition("=") for part in ";".join(request.headers.getlist("cookie")).split(";"))
    values = {value for found, _, value in pairs if found == name}
    return values.pop() if len(values) == 1 else ""
