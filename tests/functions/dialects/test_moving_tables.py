"""The tables of docs/moving say what becomes of each field: each is sent, and ingest does what they say."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from common.event import Event
from functions.ingest.dialects import (
    goatcounter,
    matomo_fields,
    openpanel,
    plausible,
    posthog,
    posthog_fields,
    snowplow,
    umami,
)
from functions.ingest.dialects.paths import DIALECTS
from tests.functions.dialects.conftest import Ingest
from tests.functions.dialects.requests import BASES, Fields, send_from_server, send_query

PAGES = Path(__file__).resolve().parents[3] / "docs" / "moving"
ANYWAY = {"event_id", "timestamp", "visitor_id", "previous_visitor_id"}
"""Fields that differ between any two requests; the last one is there for half an hour after midnight."""


@dataclass(frozen=True)
class Row:
    """A line of a table."""

    dialect: str
    names: tuple[str, ...]
    kind: str
    example: str
    becomes: str


USED: dict[str, set[str]] = {
    "plausible": {name for names in plausible.NAMES.values() for name in names},
    "umami": set(umami.USED),
    "goatcounter": {*goatcounter.SCRIPT_USED, *goatcounter.HIT_USED},
    "matomo": set(matomo_fields.USED),
    "snowplow": set(snowplow.USED),
    "openpanel": {*openpanel.USED, *openpanel.PAYLOAD_USED},
    "posthog": {*posthog_fields.USED, *posthog_fields.EVENT_USED},
}


def read_rows(dialect: str) -> Iterator[Row]:
    page = (PAGES / f"{dialect}.md").read_text()
    for names, kind, example, becomes in re.findall(
        r"^\| (`.+?`) \| ([a-z]+) \| `(.+)` \| (.+) \|$", page, re.MULTILINE
    ):
        yield Row(dialect, tuple(re.findall("`(.+?)`", names)), kind, example, becomes)


ROWS = [row for dialect in DIALECTS for row in read_rows(dialect)]


def read_example(row: Row) -> Any:
    _, send = BASES[row.dialect, row.kind]
    return row.example if send in (send_query, send_from_server) else json.loads(row.example)


def find_changed(before: Fields, after: Fields) -> set[str]:
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.dialect}-{row.kind}-{row.names[0]}-{row.example[:20]}")
def test_a_field_becomes_what_the_table_says(row: Row, ingest: Ingest) -> None:
    base, send = BASES[row.dialect, row.kind]
    query, request = send(base)
    [before] = ingest.validate(row.dialect, query, **request)
    for name in row.names:
        rest = {one: value for one, value in base.items() if one not in row.names}
        query, request = send({**rest, name: read_example(row)})
        [after] = ingest.validate(row.dialect, query, **request)
        if row.becomes.startswith("dropped"):
            assert after["outcome"] == "dropped"
            continue
        assert after["outcome"] == "stored", after
        changed = find_changed(before["event"], after["event"])
        if row.becomes.startswith("nothing"):
            assert (name in after["unused"], changed - ANYWAY) == (True, set())
        else:
            promised = {one for one in re.findall("`(.+?)`", row.becomes) if one in Event.model_fields}
            assert promised, row
            assert (name in after["unused"], promised - changed) == (False, set())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_table_names_every_field_that_has_a_place(dialect: str) -> None:
    assert {name for row in read_rows(dialect) for name in row.names} >= USED[dialect]


def test_the_pages_name_what_becomes_of_every_kind_of_event() -> None:
    page = (PAGES / "plausible.md").read_text()
    for name, event_type in plausible.EVENTS.items():
        if name != event_type:
            assert f"| `{name}` | `{event_type}` |" in page
    page = (PAGES / "umami.md").read_text()
    assert set(re.findall(r"^\| `(\w+)` \| no event", page, re.MULTILINE)) == set(umami.DROPS)
    page = (PAGES / "posthog.md").read_text()
    assert set(re.findall(r"`(\$\$?\w+)`", " ".join(re.findall(r"^\| .+ \| no event.*$", page, re.MULTILINE)))) == set(
        posthog.DROPS
    )
    page = (PAGES / "snowplow.md").read_text()
    assert set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| `ue`: (.+) \| no event", page, re.MULTILINE)))) == set(
        snowplow.DROPS
    )
    page = (PAGES / "openpanel.md").read_text()
    assert set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.+) \| no event", page, re.MULTILINE)))) == set(
        openpanel.DROPS
    )
    page = (PAGES / "goatcounter.md").read_text()
    for drop in (goatcounter.BOT, goatcounter.PREFETCH):
        assert f"`goatcounter:{drop.name}`" in page
