"""The ids of events in what was set aside: by them an erased event is known if it comes again. Pure."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID


def find_ids(payloads: Iterable[str]) -> Iterator[str]:
    """The ids of the events in these payloads: each is an event, or an array of events, or anything else."""
    for payload in payloads:
        try:
            content: Any = json.loads(payload)
        except (ValueError, RecursionError):
            continue
        for event in content if isinstance(content, list) else [content]:
            try:
                yield str(UUID(event["event_id"]))
            except (AttributeError, KeyError, TypeError, ValueError):
                continue
