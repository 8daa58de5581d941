"""One cold start: `python -m bench.cold_start ingest|process|stats` imports a function, has it answer, prints ms."""

import sys
import time

BODY = (
    b'{"site_id":"cold","event_type":"page_view","path":"/","user_id":"u1","timestamp":"2025-11-12T10:00:00.000000Z"'
    b',"event_id":"00000000-0000-4000-8000-%012d"}'
)


def main(name: str, number: int) -> None:
    """Import `name`'s function, have it answer its first request, print how long both took."""
    began = time.perf_counter()
    import asyncio
    import importlib
    import json

    app = importlib.import_module(f"functions.{name}.main").app
    event = BODY % number
    record = {"messageId": f"0:1762941600000-{number}", "body": f"[{event.decode()}]"}
    method, path, query, body = {
        "ingest": ("POST", "/event", b"", event),
        "process": ("POST", "/", b"", json.dumps({"Records": [record]}).encode()),
        "stats": ("GET", "/stats", b"site_id=cold&date=2025-11-12", b""),
    }[name]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path,
        "raw_path": path.encode(), "root_path": "", "scheme": "http", "query_string": query,
        "headers": [(b"content-type", b"application/json"), (b"host", b"localhost")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
    }  # fmt: skip
    answered: list[int] = []

    requests = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, object]:
        return requests.pop() if requests else await asyncio.Future()  # the client stays: stats waits for it to leave

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            answered.append(int(str(message["status"])))

    asyncio.run(app(scope, receive, send))
    took = (time.perf_counter() - began) * 1000
    assert answered in ([200], [202]), answered
    sys.stdout.write(f"{took:.1f}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
