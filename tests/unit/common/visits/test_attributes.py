"""The attributes of a visit stand in one list, from which every statement is made."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from common.event import VISIT_ATTRIBUTES, Event
from common.filters.words import VISIT_DIMENSIONS
from common.visits.fragments.attributes import ATTRIBUTES

PROJECT = Path(__file__).resolve().parents[4]

MAKE_STATEMENTS = """
import importlib, json, sys
import common.event
common.event.VISIT_ATTRIBUTES += ("weather",)
modules = {name: vars(importlib.import_module(name)) for name in sys.argv[1:]}
print(json.dumps({
    f"{module}.{name}": value
    for module, names in modules.items() for name, value in names.items() if name.isupper() and isinstance(value, str)
}))
"""
"""Prints the texts that modules hold, made when the list has one attribute more."""


@pytest.fixture(scope="module")
def statements() -> dict[str, str]:
    """The statements outside stats whose slots are filled, with one attribute more in the list."""
    paths = [path for room in ("common", "functions/process", "infra") for path in (PROJECT / room).rglob("*.py")]
    makers = [path for path in paths if re.search(r"^[A-Z_]+ = fill\(", path.read_text(), re.MULTILINE)]
    modules = [path.relative_to(PROJECT).as_posix().removesuffix(".py").replace("/", ".") for path in makers]
    command = [sys.executable, "-c", MAKE_STATEMENTS, *modules]
    made: dict[str, str] = json.loads(subprocess.check_output(command, cwd=PROJECT))
    return {name: text for name, text in made.items() if "\n" in text}


def test_an_attribute_more_in_the_list_stands_in_every_statement_wherever_the_others_do(
    statements: dict[str, str],
) -> None:
    def count(name: str) -> dict[str, int]:
        return {key: found for key, text in statements.items() if (found := len(re.findall(rf"\b{name}\b", text)))}

    expected = count(VISIT_ATTRIBUTES[-1])
    assert {"functions.process.insertion.INSERT_EVENTS", "infra.verification.recount.VERIFY_FIGURES"} <= expected.keys()
    assert count("weather") == expected


def test_no_slot_of_a_statement_is_left_open(statements: dict[str, str]) -> None:
    assert not [name for name, text in statements.items() if re.search(r"\{[a-z_]+\}", text)]


def test_no_statement_lists_the_attributes_itself() -> None:
    for folder in ("common", "functions", "infra"):
        for path in (PROJECT / folder).rglob("*.sql"):
            if not path.name[:4].isdigit():
                assert "utm_term" not in path.read_text(), path.name


@pytest.mark.parametrize("slot", ATTRIBUTES)
@pytest.mark.parametrize("name", VISIT_ATTRIBUTES)
def test_every_attribute_stands_in_every_slot(name: str, slot: str) -> None:
    assert re.search(rf"\b{name}\b", ATTRIBUTES[slot])


@pytest.mark.parametrize("name", VISIT_ATTRIBUTES)
def test_every_attribute_is_a_field_of_an_event_and_can_be_asked_for(name: str) -> None:
    assert name in Event.model_fields
    assert name in VISIT_DIMENSIONS
