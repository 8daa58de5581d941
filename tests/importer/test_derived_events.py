"""What ingest derives of a real log's events."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from ingest_stand_in import GOOGLEBOT, LOG, Import, Ingest, log_line

from common.derivation.place import Places
from common.event import Event
from functions.ingest.body import parse_event
from functions.ingest.enrichment import Enrichment, Sender
from functions.ingest.queued_event import TimestampBounds, complete, encode

IMPORTER = Sender("198.51.100.9", "python-urllib3/2.5.0")
EVENT_ID = "01900000-0000-7000-8000-000000000001"
BOUNDS = TimestampBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(hours=24))


def derive(ingest: Ingest) -> list[dict[str, Any]]:
    """What ingest queues of the events that it was sent."""
    enrichment = Enrichment(Places.open(None), IMPORTER, salts=None)
    queued = []
    for sent in ingest.events.values():
        event = complete(parse_event(json.dumps(sent).encode()), datetime.now(UTC), EVENT_ID, BOUNDS, enrichment.derive)
        Event.model_validate_json(encode(event))
        queued.append(event)
    return queued


def test_a_real_log_gets_browsers_sources_and_countries(import_log: Import, ingest: Ingest) -> None:
    import_log(LOG, hostname="www.semicomplete.com")
    referrers = [event["referrer"] for event in ingest.events.values()]
    from_google = sum(bool(re.match(r"https?://([a-z.]+\.)?google\.[a-z.]+(/|$)", url)) for url in referrers)
    from_itself = sum(bool(re.match(r"https?://(www\.)?semicomplete\.com(:\d+)?(/|$)", url)) for url in referrers)
    events = derive(ingest)
    counts = {
        name: Counter(event.get(name) for event in events) for name in ("source", "channel", "country", "browser")
    }
    assert len(events) == 730
    assert (counts["source"]["Google"], counts["channel"]["internal"]) == (from_google, from_itself)
    assert counts["channel"].keys() == {"direct", "internal", "search", "referral"}
    assert counts["country"][None] < 0.02 * len(events)
    agents = Counter(event["user_agent"] for event in ingest.events.values())
    firefox = sum(count for agent, count in agents.items() if "Firefox/" in agent)
    assert 0.9 * firefox < counts["browser"]["Firefox"] <= firefox
    assert not [event for event in events if "filtered" in event]


def test_bots_that_are_kept_are_not_set_aside_for_the_importer_has_told_them(
    import_log: Import, ingest: Ingest
) -> None:
    import_log(log_line(agent=GOOGLEBOT), keep_bots=True)
    [event] = derive(ingest)
    assert "filtered" not in event
