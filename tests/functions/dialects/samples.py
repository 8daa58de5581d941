"""A request of each door, as the tracker's own client sends it, with one page view of the site `blog.example`."""

import json
from typing import Any, NamedTuple

from starlette.testclient import TestClient


class Sample(NamedTuple):
    """A request, and the status that its client takes for success."""

    dialect: str
    path: str
    status: int = 200
    content: Any = None
    """JSON; None: nothing but the query."""
    method: str = "POST"
    content_type: str = "application/json"

    def send(self, client: TestClient, **headers: str) -> Any:
        """Send it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if self.content is None else json.dumps(self.content)
        typed = {} if self.content is None else {"Content-Type": self.content_type}
        return client.request(self.method, self.path, content=body, headers={**typed, **named})


SITE = "blog.example"
_UMAMI = {"type": "event", "payload": {"website": SITE, "hostname": SITE, "url": "/post"}}
SAMPLES = [
    Sample(
        "plausible", "/api/event", 202, {"n": "pageview", "u": f"https://{SITE}/post", "d": SITE}, "POST", "text/plain"
    ),
    Sample("umami", "/api/send", 200, _UMAMI),
    Sample("umami", "/api/batch", 200, [_UMAMI]),
    Sample("goatcounter", f"/count?site={SITE}&p=/post&b=0"),
    Sample("goatcounter", f"/count?site={SITE}&p=/post&b=0", method="GET"),
    Sample("goatcounter", f"/count/{SITE}?p=/post&b=0"),
    Sample("goatcounter", f"/count/{SITE}?p=/post&b=0", method="GET"),
    Sample("goatcounter", f"/api/v0/count?site={SITE}", 202, {"hits": [{"path": "/post"}]}),
    Sample("goatcounter", f"/api/v0/count/{SITE}", 202, {"hits": [{"path": "/post"}]}),
]
