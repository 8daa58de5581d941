"""Every sample of a history is told from all others and from every log, and ids are the same on every machine."""

import json
from io import BytesIO
from pathlib import Path

import pytest

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
