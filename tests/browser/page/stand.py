"""A site's figures, from real functions: what is stored, what the API says, and the page that shows it."""

import json
import urllib.request
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from tests.pressure.parts import PROCESS_KEY, RunningPart

PERIOD = "from=2025-06-02&to=2025-06-03"
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>{{7*7}}'\""


class Stand:
    """The processor and stats, as processes."""

    def __init__(self, process: RunningPart, stats: RunningPart) -> None:
        self.process, self.stats = process, stats
        self._batches = 0

    def store(self, site_id: str, events: list[dict[str, Any]]) -> None:
        """Store events, which are page views unless they say what else they are."""
        self._batches += 1
        completed = [
            {
                "site_id": site_id,
                "event_type": "page_view",
                "event_id": str(UUID(int=(self._batches << 32) + number)),
                "user_id": f"visitor-{number}",
                **event,
            }
            for number, event in enumerate(events)
        ]
        record = {"messageId": f"0:{self._batches}-0", "body": json.dumps(completed)}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {PROCESS_KEY}"}
        request = urllib.request.Request(self.process.url + "/", json.dumps({"Records": [record]}).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer) == {"batchItemFailures": []}

    def ask(self, endpoint: str, site_id: str, **parameters: str) -> Any:
        """What the API says of the two days that the tests are about."""
        query = urlencode({"site_id": site_id, "from": "2025-06-02", "to": "2025-06-03", **parameters})
        with urllib.request.urlopen(f"{self.stats.url}/v1/stats/{endpoint}?{query}", timeout=30) as answer:
            return json.load(answer)

    def at(self, site_id: str, more: str = PERIOD) -> str:
        """The address of a site's page."""
        return f"{self.stats.url}/?site={quote(site_id)}&{more}"


def make_events() -> list[dict[str, Any]]:
    """Two days of a shop, with a value of every dimension."""
    return [
        {
            "timestamp": f"2025-06-0{2 + number % 2}T{9 + number % 9:02}:{number % 60:02}:00.000000Z",
            "path": ["/", "/pricing", "/blog/one"][number % 3],
            "hostname": ["shop.example", "docs.shop.example"][number % 2],
            "source": ["Google", "Reddit", "newsletter"][number % 3],
            "channel": ["search", "social", "email"][number % 3],
            "referrer": ["google.com/", "reddit.com/r/x"][number % 2],
            "utm_campaign": ["spring", "summer"][number % 2],
            "country": ["DE", "US", "FR"][number % 3],
            "region": ["Berlin", "Texas"][number % 2],
            "city": ["Berlin", "Austin"][number % 2],
            "browser": ["Firefox", "Chrome"][number // 2 % 2],
            "os": ["Linux", "Windows"][number % 2],
            "device": ["desktop", "mobile"][number % 2],
            "screen": ["1920x1080", "390x844"][number % 2],
            "language": ["de-DE", "en-US"][number % 2],
            "user_id": f"visitor-{number // 2}",
            **({"event_type": "signup", "props": {"plan": ["hobby", "team"][number % 2]}} if number % 5 == 4 else {}),
        }
        for number in range(60)
    ]  # fmt: skip


def make_hostile_events() -> list[dict[str, Any]]:
    """Events whose every text is an attack on the page that shows it."""
    texts = dict.fromkeys(("source", "referrer", "utm_campaign", "region", "city", "browser", "os", "device"), HOSTILE)
    more = {"title": HOSTILE, "screen": "<b>1x1</b>", "hostname": HOSTILE, "channel": HOSTILE, **texts}
    at = "2025-06-02T10:00:00.000000Z"
    return [
        {"timestamp": at, "path": f"/{HOSTILE}", **more},
        {"timestamp": at, "event_type": HOSTILE[:60], "user_id": "visitor-0", "props": {"<i>key</i>": HOSTILE}},
    ]
