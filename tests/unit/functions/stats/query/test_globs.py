"""Patterns of LIKE from what a client sends."""

import pytest

from functions.stats.query.globs import contain, translate_glob


@pytest.mark.parametrize(
    ("glob", "pattern"),
    [
        ("/blog/*", "/blog/%"),
        ("/?", "/_"),
        ("100%", r"100\%"),
        ("a_b", r"a\_b"),
        ("back\\slash", r"back\\slash"),
        ("\\*", r"\\%"),
        ("[a-z](.*)+", "[a-z](.%)+"),
        ("*" * 50, "%"),
        ("é*", "é%"),
    ],
)
def test_a_glob_becomes_a_pattern_in_which_only_its_signs_are_special(glob: str, pattern: str) -> None:
    assert translate_glob(glob) == pattern


def test_what_a_text_contains_is_taken_as_it_is() -> None:
    assert contain("50%_\\*?") == r"%50\%\_\\*?%"
