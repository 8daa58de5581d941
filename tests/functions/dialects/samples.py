"""A request of each door, as the tracker's own client sends it, with one page view of the site `blog.example`."""

import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

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
    header: tuple[str, str] | None = None

    def send(self, client: TestClient, **headers: str) -> Any:
        """Send it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = None if self.content is None else json.dumps(self.content)
        typed = {} if self.content is None else {"Content-Type": self.content_type}
        typed |= [self.header] if self.header else []
        return client.request(self.method, self.path, content=body, headers={**typed, **named})


SITE = "blog.example"
_UMAMI = {"type": "event", "payload": {"website": SITE, "hostname": SITE, "url": "/post"}}
_POSTHOG = {"event": "$pageview", "properties": {"$current_url": f"https://{SITE}/post", "token": SITE}}
_MATOMO = f"idsite={SITE}&rec=1&url=https://{SITE}/post"
_SNOWPLOW = {"e": "pv", "aid": SITE, "url": f"https://{SITE}/post"}
_OPENPANEL = {"type": "track", "payload": {"name": "screen_view", "properties": {"__path": f"https://{SITE}/post"}}}
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
    Sample("posthog", "/e/", content=_POSTHOG),
    Sample("posthog", "/i/v0/e/", content=[_POSTHOG]),
    Sample("posthog", "/capture/", content=_POSTHOG),
    Sample("posthog", "/batch/", content={"api_key": SITE, "batch": [_POSTHOG]}),
    Sample("posthog", "/i/v1/analytics/events", content={"batch": [_POSTHOG]}),
    Sample("matomo", f"/matomo.php?{_MATOMO}"),
    Sample("matomo", f"/matomo.php?{_MATOMO}", method="GET"),
    Sample("matomo", "/piwik.php", content={"requests": [f"?{_MATOMO}"]}),
    Sample("matomo", f"/piwik.php?{_MATOMO}", method="GET"),
    Sample("snowplow", "/com.snowplowanalytics.snowplow/tp2", content={"data": [_SNOWPLOW]}),
    Sample("snowplow", f"/i?{urlencode(_SNOWPLOW)}", method="GET"),
    Sample("openpanel", "/track", content=_OPENPANEL, header=("openpanel-client-id", SITE)),
]
ASKING = [
    ("posthog", "POST", "/flags/"), ("posthog", "POST", "/decide/"), ("posthog", "GET", "/array/a/config"),
    ("openpanel", "GET", "/track/device-id"),
]  # fmt: skip
"""Requests that ask for something, and hold no event."""
