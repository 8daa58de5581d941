"""What the page asks for to show a site: its totals, its graph, and each panel with each of its tabs."""

import json
from collections.abc import Sequence
from urllib.parse import urlencode

TOTALS = "visitors,visits,page_views,views_per_visit,bounce_rate,visit_duration,engaged_time,scroll_depth"
TABS = (
    "channel", "source", "referrer", "utm_campaign", "utm_source", "utm_medium", "utm_term", "utm_content", "path",
    "entry", "exit", "hostname", "country", "region", "city", "browser", "os", "device", "screen", "language",
)  # fmt: skip
ROWS = 9
"""Of a panel; of the map all countries."""
NO_VIEWS = {"dimension": "event_type", "operator": "is_not", "value": "page_view"}
EVENT_TYPES = ("click", "signup", "purchase")
"""Those of the year that are no page views, most visitors first."""


def make_requests(
    site_id: str,
    first: str,
    last: str,
    filters: list[object] | None = None,
    event_types: Sequence[str] = EVENT_TYPES,
) -> dict[str, str]:
    """The path of each request, by name; a test in tests/browser compares them with what the page asks."""
    shown = {"dimension": "event_type", "operator": "is", "value": list(event_types)}
    common = {"site_id": site_id, "from": first, "to": last}

    def ask(endpoint: str, *more_filters: object, **more: str | int) -> str:
        all_filters = [*(filters or []), *more_filters]
        held = {"filters": json.dumps(all_filters, separators=(",", ":"))} if all_filters else {}
        return f"/v1/stats/{endpoint}?{urlencode(common | held | more)}"

    panels = {name: ask("breakdown", dimension=name, metrics="visitors", limit=ROWS) for name in TABS}
    panels["map"] = ask("breakdown", dimension="country", metrics="visitors", limit=250)
    panels["events"] = ask("breakdown", NO_VIEWS, dimension="event_type", metrics="visitors,events", limit=ROWS)
    panels["revenue"] = ask("breakdown", shown, dimension="event_type", metrics="revenue", limit=ROWS)
    return {
        "totals": ask("summary", metrics=TOTALS),
        "graph": ask("timeseries", metrics="visitors"),
        **panels,
        "filtered": f"/v1/stats/filtered?{urlencode(common)}",
        "dimensions": f"/v1/stats/dimensions?{urlencode({'site_id': site_id})}",
    }
