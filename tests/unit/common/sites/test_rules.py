"""What may be set of a site, and what a fault says."""

from typing import Any

import pytest

from common.errors import InvalidInput
from common.sites.changes import merge_rules, read_changes
from common.sites.document import PublishedSite, SitesDocument, read_document, read_rules, write_document
from common.sites.rules import MAX_ITEMS, SiteRules


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("blocked_addresses", ["203.0.113.9/24"], "203.0.113.0/24 is the network"),
        ("blocked_addresses", ["home"], "such as 203.0.113.9"),
        ("blocked_countries", ["Germany"], "such as DE"),
        ("blocked_paths", ["admin"], "such as /admin/*"),
        ("blocked_paths", ["/" + "x" * 200], "at most 200"),
        ("accepted_hostnames", ["https://shop.example/"], "without scheme"),
        ("kept_query_parameters", ["a=b"], "such as page"),
        ("bots", "drop", "'filter' or 'count'"),
        ("retention_days", 0, "greater than or equal to 1"),
        ("blocked_addresses", ["10.0.0.1"] * (MAX_ITEMS + 1), "at most 100"),
        ("color", "red", "There is no such setting; the settings are blocked_addresses"),
    ],
)
def test_a_fault_names_the_field_and_says_what_would_be_right(name: str, value: Any, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        merge_rules({}, {name: value})
    [fault] = caught.value.faults
    assert fault.pointer.startswith(f"/settings/{name}")
    assert words in fault.detail


def test_settings_are_kept_in_one_form_each_once() -> None:
    given = {"blocked_addresses": ["203.0.113.7/32", "203.0.113.7"], "accepted_hostnames": ["Bücher.example."]}
    rules = merge_rules({}, given)
    assert rules.changes() == {"blocked_addresses": ["203.0.113.7"], "accepted_hostnames": ["xn--bcher-kva.example"]}


def test_all_texts_together_are_bounded() -> None:
    paths = [f"/{number:03}{'x' * 190}" for number in range(100)]
    with pytest.raises(InvalidInput) as caught:
        merge_rules({}, {"blocked_paths": paths})
    assert "16,000 characters" in caught.value.faults[0].detail


def test_null_is_the_default_again_and_what_is_not_named_stays() -> None:
    stored = {"bots": "count", "retention_days": 30}
    assert merge_rules(stored, {"bots": None}).changes() == {"retention_days": 30}


def test_a_name_of_two_lines_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_changes({"name": "a\nb"})
    assert caught.value.faults[0].pointer == "/name"


def test_a_document_says_what_was_written_into_it() -> None:
    rules = SiteRules(blocked_paths=["/admin/*"])
    document = SitesDocument(
        {"blog": PublishedSite(rules, is_paused=True), "gone": PublishedSite(is_removed=True)},
        {("plausible", "blog.example"): "blog"},
        frozenset({"blog"}),
    )
    assert read_document(write_document(document)) == document


def test_a_setting_of_a_newer_version_costs_its_site_that_setting_alone() -> None:
    assert read_rules({"bots": "count", "colour": "red", "retention_days": "x"}) == SiteRules(bots="count")


def test_a_document_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="another form"):
        read_document('{"v": 2}')
