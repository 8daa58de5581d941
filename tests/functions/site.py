"""A site of a test's own: what is stored of it, and what is asked of it."""

import csv
import io
import json
from typing import Any
from uuid import UUID

from starlette.testclient import TestClient

DAY = {"from": "2025-06-02", "to": "2025-06-02", "timezone": "UTC"}
"""The day that most events of it are of."""


def view(at: str, user: str = "ann", path: str = "/", **more: Any) -> dict[str, Any]:
    return {"path": path, "user_id": user, "timestamp": f"2025-06-{at}.000000Z", **more}


class Site:
    """A site of a test's own, and what is asked of it."""

    def __init__(self, process: TestClient, stats: TestClient) -> None:
        self.process, self.stats = process, stats
        self.batches = 0

    def store(self, events: list[dict[str, Any]], offset: int = 0) -> None:
        """Store page views unless they say what else they are; each gets an id by its place."""
        self.batches += 1
        completed = [
            {"site_id": "s", "event_type": "page_view", "event_id": str(UUID(int=offset + number)), **event}
            for number, event in enumerate(events)
        ]
        record = {"messageId": f"0:{self.batches}-0", "body": json.dumps(completed)}
        assert self.process.post("/", json={"Records": [record]}).json() == {"batchItemFailures": []}

    def ask(self, endpoint: str, **parameters: str) -> Any:
        answer = self.stats.get(f"/v1/stats/{endpoint}", params={"site_id": "s", **parameters})
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.headers["content-type"] == "application/json" else answer.text

    def table(self, endpoint: str, **parameters: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.ask(endpoint, format="csv", **parameters), newline="")))
