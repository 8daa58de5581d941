"""Every sample of a history is told from all others and from every log, and ids are the same on every machine."""

import json
import random
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from common.event import Event
from common.settings import Settings
from infra.importer.detection import FORMATS, detect
from infra.importer.histories.history import History
from infra.importer.histories.table import HISTORIES
from infra.importer.history import read_history
from infra.importer.log_file import open_log
from infra.importer.page_view import PageView
from infra.local.stack import PROJECT
from tests.log_samples import SAMPLES

FOLDER = PROJECT / "tests" / "data" / "histories"


def read_events(history: History, content: bytes, site_id: str = "s") -> list[PageView]:
    with open_log(BytesIO(content)) as log:
        items = list(read_history(history, log, site_id, Settings()))
    return [item.outcome for item in items if isinstance(item.outcome, PageView)]


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_a_history_is_told_from_all_others(path: Path) -> None:
    head = path.read_bytes()
    assert [known.name for known in FORMATS if known.is_own(head)][:1] == [path.stem]
    assert [known.name for known in HISTORIES if known.is_own(head)] == [path.stem]


def test_no_log_is_taken_for_a_history() -> None:
    for name, log in SAMPLES.values():
        found = detect(log)
        assert found is not None
        assert found.name == name


def test_plausible_has_the_same_events_in_every_format_of_clickhouse() -> None:
    [history] = [known for known in HISTORIES if known.name == "plausible"]
    rows = [json.loads(line) for line in (FOLDER / "plausible.ndjson").read_text().splitlines()[:7]]

    def spell(value: object, quote: str) -> str:
        if isinstance(value, list):
            value = "[" + ",".join(f"'{one}'" for one in value) + "]"
        text = r"\N" if value is None else str(value)
        return f'"{text}"' if quote else text.replace("\0", r"\0")

    tables = {
        separator: "\n".join(
            [separator.join(rows[0]), *(separator.join(spell(value, quote) for value in row.values()) for row in rows)]
        )
        for separator, quote in ((",", '"'), ("\t", ""))
    }
    expected = read_events(history, (FOLDER / "plausible.ndjson").read_bytes())
    assert len(expected) == 7
    for table in tables.values():
        assert read_events(history, table.encode()) == expected


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_ids_follow_from_the_file_and_the_site_alone(path: Path) -> None:
    history = detect(path.read_bytes())
    assert isinstance(history, History)
    events, again = (read_events(history, path.read_bytes()) for _ in range(2))
    assert events == again
    ids = {event.key[1] for event in events}
    assert len(ids) == len(events)
    assert all(event_id[14] == "8" for event_id in ids)
    assert ids.isdisjoint(event.key[1] for event in read_events(history, path.read_bytes(), "other"))


def test_a_visit_of_matomos_that_went_on_since_has_the_same_events_and_more() -> None:
    [history] = [known for known in HISTORIES if known.name == "matomo"]
    [visit, *_] = json.loads((FOLDER / "matomo.json").read_text())
    view = {"type": "action", "url": "shop.example/more", "timestamp": visit["serverTimestamp"], "pageId": "1006"}
    longer = {**visit, "actionDetails": [view, *visit["actionDetails"]]}

    before, after = (read_events(history, json.dumps([one]).encode()) for one in (visit, longer))

    [added] = {event.key for event in after} - {event.key for event in before}
    assert len(after) == len(before) + 1
    assert json.loads(next(event.body for event in after if event.key == added))["path"] == "/more"


ODD = (
    None,
    "",
    "x",
    -1,
    2**70,
    1e300,
    True,
    [],
    ["x"],
    {},
    {"x": None},
    "http://[",
    "\0",
    "9" * 5_000,
    "(not set)",
    "::",
    0.5,
)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*json")), ids=lambda path: path.name)
def test_odd_values_cost_no_more_than_their_record(path: Path) -> None:
    history = detect(path.read_bytes())
    assert isinstance(history, History)
    text = path.read_text()
    rows = json.loads(text) if path.suffix == ".json" else [json.loads(line) for line in text.splitlines()[:6]]
    chance = random.Random(18)
    odd = [deepcopy(row) for _ in range(100) for row in rows]
    for row in odd:
        for _ in range(chance.randrange(1, 4)):
            replace_one(row, chance)

    with open_log(BytesIO("\n".join(map(json.dumps, [rows[0], *odd])).encode())) as log:
        items = list(read_history(history, log, "s", Settings()))

    assert {item.number for item in items} == set(range(1, len(odd) + 2))
    for item in items:
        if isinstance(item.outcome, PageView):
            Event.model_validate_json(item.outcome.body)


def replace_one(value: Any, chance: random.Random) -> None:
    """Replace something within it, or leave it out."""
    inner = [key for key in value if isinstance(value[key], dict)] if isinstance(value, dict) else []
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return replace_one(chance.choice(value), chance)
    if inner and chance.random() < 0.5:
        return replace_one(value[chance.choice(inner)], chance)
    if isinstance(value, dict) and value:
        key = chance.choice(list(value))
        if isinstance(value[key], list) and value[key] and chance.random() < 0.7:
            return replace_one(value[key], chance)
        value[key] = chance.choice(ODD)
        if chance.random() < 0.2:
            del value[key]
    return None


def test_what_cannot_be_stored_is_cut_or_left_out() -> None:
    [history] = [known for known in HISTORIES if known.name == "posthog"]
    properties = {
        "$current_url": "https://app.example/" + "ü" * 3_000,
        "$geoip_country_code": "XX",
        "$screen_width": "wide",
        "$screen_height": 5,
        "title": "t\0" * 900,
        "long": "x" * 5_000,
        "revenue": "much",
        "currency": "EUR",
        **{f"n{number}": number for number in range(60)},
    }
    row = {"uuid": "1", "event": "e" * 200, "timestamp": "2024-06-01T10:00:00Z", "distinct_id": "d" * 999,
           "properties": properties}  # fmt: skip
    [view] = read_events(history, json.dumps(row).encode())
    event = json.loads(view.body)
    assert (len(event["event_type"]), len(event["user_id"]), len(event["title"])) == (64, 256, 500)
    assert len(event["path"]) <= 2_000
    assert (len(event["props"]), len(event["props"]["long"])) == (30, 1_000)
    assert not event.keys() & {"country", "screen", "revenue"}
