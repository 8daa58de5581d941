"""The attributes of a visit stand in one list, from which every statement is made."""

from pathlib import Path

import pytest

from common.event import VISIT_ATTRIBUTES, Event
from common.visits.fragments.attributes import ATTRIBUTES
from functions.stats.query.names import VISIT_DIMENSIONS

PROJECT = Path(__file__).resolve().parents[4]


def test_no_statement_lists_the_attributes_itself() -> None:
    for folder in ("common", "functions", "infra"):
        for path in (PROJECT / folder).rglob("*.sql"):
            if not path.name[:4].isdigit():
                assert "utm_term" not in path.read_text(), path.name


@pytest.mark.parametrize("slot", ATTRIBUTES)
@pytest.mark.parametrize("name", VISIT_ATTRIBUTES)
def test_every_attribute_stands_in_every_slot(name: str, slot: str) -> None:
    assert name in ATTRIBUTES[slot].replace("(", " ").replace(",", " ").replace("'", " ").replace(":", " ").split()


@pytest.mark.parametrize("name", VISIT_ATTRIBUTES)
def test_every_attribute_is_a_field_of_an_event_and_can_be_asked_for(name: str) -> None:
    assert name in Event.model_fields
    assert name in VISIT_DIMENSIONS
