"""GET of the tracker: at SCRIPT_PATH, with everything at the same name with `.all`, and immutable copies of both."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha384
from importlib.resources import files
from posixpath import dirname, relpath, splitext

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ENDPOINT = b'"./event"'
"""What stands in the script for the endpoint's path, relative to the script's own."""
FOR_AN_HOUR = "public, max-age=3600, stale-while-revalidate=86400"
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Script:
    """One of the scripts, as it is served."""

    path: str
    content: bytes

    @property
    def integrity(self) -> str:
        """What `integrity` of a script element holds (Subresource Integrity)."""
        return f"sha384-{b64encode(sha384(self.content).digest()).decode()}"

    @property
    def pinned_path(self) -> str:
        """Where it is served for ever: another script has another path."""
        stem, extension = splitext(self.path)
        return f"{stem}.{sha384(self.content).hexdigest()[:16]}{extension}"


def load_scripts(script_path: str, event_path: str) -> list[Script]:
    """What most sites need, and the script with everything."""
    stem, extension = splitext(script_path)
    paths = {"script.js": script_path, "script.all.js": f"{stem}.all{extension}"}
    endpoint = json.dumps(relpath(event_path, dirname(script_path))).encode()
    folder = files("functions.ingest.tracker")
    return [
        Script(path, folder.joinpath(name).read_bytes().replace(ENDPOINT, endpoint)) for name, path in paths.items()
    ]


def make_routes(script_path: str, event_path: str) -> Iterator[Route]:
    """The routes of both scripts and of their immutable copies."""
    for script in load_scripts(script_path, event_path):
        yield Route(script.path, _Served(script, FOR_AN_HOUR).answer)
        yield Route(script.pinned_path, _Served(script, FOR_EVER).answer)


class _Served:
    """Answers with one script, compressed beforehand."""

    def __init__(self, script: Script, cache_control: str) -> None:
        tag = sha384(script.content).hexdigest()[:16]
        common = {
            "Cache-Control": cache_control,
            "Content-Location": script.pinned_path.rpartition("/")[2],
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        self._plain = script.content, common | {"ETag": f'"{tag}"'}
        compressed = gzip.compress(script.content, 9, mtime=0)
        self._gzipped = compressed, common | {"ETag": f'"{tag}-gzip"', "Content-Encoding": "gzip"}

    async def answer(self, request: Request) -> Response:
        content, headers = self._gzipped if _takes_gzip(request.headers.get("accept-encoding", "")) else self._plain
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            kept = {name: value for name, value in headers.items() if name != "Content-Encoding"}
            return Response(status_code=304, headers=kept)
        return Response(content, headers=headers, media_type="text/javascript")


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "gzip":
            return weight.strip().replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
