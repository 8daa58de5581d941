"""Asks stats for figures over HTTP, as the page does: so those in a mail are those of the API."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from common.errors import Unavailable
from common.settings import Settings

TIMEOUT_SECONDS = 30
METRICS = ("visitors", "visits", "page_views", "views_per_visit", "bounce_rate", "visit_duration")
TOP = {"path": "page_views", "source": "visitors", "country": "visitors"}
"""The breakdowns of a report, with the metric that orders each."""
MOST_ROWS = 5


@dataclass(frozen=True)
class Figures:
    """What a report shows."""

    summary: dict[str, Any]
    change: dict[str, Any]
    """In percent, as against as many days before; null where there is none."""
    estimated: frozenset[str]
    top: dict[str, list[tuple[str, int]]]
    time_zone: str


class StatsClient:
    """Asks one stats."""

    place = "STATS_URL"
    """The setting that says where it is."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.stats_url.rstrip("/")
        key = settings.stats_api_key or settings.admin_key
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_SECONDS)

    def ask(self, kind: str, **parameters: str) -> dict[str, Any]:
        """The answer of /v1/stats/<kind>. Raises Unavailable."""
        status, body = self._get(f"/v1/stats/{kind}", parameters)
        if status == 401:
            raise Unavailable(f"Stats answers 401 at {self.place}: it wants a key, its STATS_API_KEY.")
        if status != 200:
            raise Unavailable(f"Stats answers {status} at {self.place}.")
        try:
            content: dict[str, Any] = json.loads(body)
        except ValueError as error:
            raise Unavailable("Stats does not answer.") from error
        return content

    def read(self, site_id: str, first: date, last: date) -> Figures:
        """The figures of some days, both included. Raises Unavailable."""
        days = {"site_id": site_id, "from": first.isoformat(), "to": last.isoformat()}
        summary = self.ask("summary", **days, metrics=",".join(METRICS), compare="previous")
        top = {}
        for dimension, metric in TOP.items():
            rows = self.ask("breakdown", **days, dimension=dimension, metrics=metric, limit=str(MOST_ROWS))["data"]
            top[dimension] = [(str(row[dimension]), int(row[metric])) for row in rows]
        meta = summary["meta"]
        estimated = frozenset(meta.get("estimated", ()))
        return Figures(summary["data"], summary["change"], estimated, top, meta["timezone"])

    def count_hours(self, site_id: str, first: datetime, after: datetime) -> list[int]:
        """The events of each hour from `first` to `after`, both whole hours. Raises Unavailable."""
        span = {"from": first.isoformat(), "to": after.isoformat(), "timezone": "UTC"}
        found = self.ask("timeseries", site_id=site_id, **span, interval="hour", metrics="events")["data"]
        return [int(row["events"]) for row in found]

    def _get(self, path: str, parameters: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body. Raises Unavailable."""
        url = self._url + path
        try:
            # Redirects are not followed: they would carry the key to another server.
            answer = self._pool.request("GET", url, fields=dict(parameters), headers=self._headers, redirect=False)
        except HTTPError as error:
            raise Unavailable("Stats does not answer.") from error
        return answer.status, answer.data
