"""A history and a query that fail, made as small as they can be while they fail."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from tests.oracle.histories import Batch, EventFields, History

OPTIONAL = {"filters", "timezone", "compare", "sort", "limit", "offset", "interval"}
Place = tuple[int, int, EventFields]
"""The batch and the entry in which an event comes."""


def shrink(history: History, fails: Callable[[History], bool], most_trials: int = 300) -> History:
    """Without the events, and without the fields of events, that the failure does not need."""
    trials = 0

    def still_fails(places: list[Place]) -> bool:
        nonlocal trials
        trials += 1
        return trials <= most_trials and fails(_rebuild(history, places))

    places = [
        (b, e, event) for b, batch in enumerate(history.batches) for e, entry in enumerate(batch) for event in entry
    ]
    chunk = len(places) // 2
    while chunk:
        for start in range(len(places) - chunk, -1, -chunk):
            fewer = places[:start] + places[start + chunk :]
            if fewer and still_fails(fewer):
                places = fewer
        chunk = min(chunk // 2, len(places) - 1)
    for index, (b, e, event) in enumerate(places):
        for name in set(event) - {"event_type", "event_id", "timestamp"}:
            less = {key: value for key, value in places[index][2].items() if key != name}
            plainer = [*places[:index], (b, e, less), *places[index + 1 :]]
            if (name != "path" or event["event_type"] != "page_view") and still_fails(plainer):
                places = plainer
    return _rebuild(history, places)


def _rebuild(history: History, places: list[Place]) -> History:
    batches: list[Batch] = []
    for before, (b, e, event) in pairwise([(-1, -1, {}), *places]):
        if before[0] != b:
            batches.append([])
        if before[:2] != (b, e):
            batches[-1].append([])
        batches[-1][-1].append(event)
    return replace(history, batches=batches)


def shrink_query(query: dict[str, str], fails: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """With the one metric and the fewest parameters and conditions that the failure needs."""
    candidates = [query | {"metrics": metric} for metric in query["metrics"].split(",")]
    if "filters" in query and len(conditions := json.loads(query["filters"])) > 1:
        candidates += [query | {"filters": json.dumps([condition])} for condition in conditions]
    candidates += [{key: value for key, value in query.items() if key != name} for name in query if name in OPTIONAL]
    for candidate in candidates:
        if candidate != query and fails(candidate):
            return shrink_query(candidate, fails)
    return query
