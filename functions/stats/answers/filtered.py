"""How many of a site's events were set aside, by reason. No other figure counts them."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from functions.stats.query.periods import Span
from functions.stats.query.zones import show


def make_filtered(site_id: str, span: Span, zone: ZoneInfo, counts: Sequence[tuple[str, int, int]]) -> dict[str, Any]:
    """The document of the counts by reason."""
    data = [{"reason": reason, "events": events, "restored": restored} for reason, events, restored in counts]
    meta = {"site_id": site_id, "from": show(span.start, zone), "to": show(span.end, zone), "timezone": zone.key}
    return {"data": data, "meta": meta}
