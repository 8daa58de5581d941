"""The form of keys."""

import re

import pytest

from common.access.key import Key, looks_like_key, make_key, read_key


def test_a_key_has_its_kind_an_id_and_a_secret_of_256_bits() -> None:
    key = make_key("ingest")
    assert re.fullmatch(r"wa_ingest_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", key.text)
    assert key.text.split("_")[2] == key.public_id
    assert 62**43 > 2**256 > 62**42


def test_a_key_is_read_as_it_was_made() -> None:
    key = make_key("stats")
    assert read_key(key.text) == key
    assert key.matches(make_key("stats").hash) is False
    assert key.matches(key.hash)


@pytest.mark.parametrize("place", range(len("wa_stats_") - 2, len("wa_stats_") + 58, 3))
def test_a_typo_anywhere_is_known_without_the_database(place: int) -> None:
    text = make_key("stats").text
    typo = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
    assert read_key(typo) is None
    assert looks_like_key(typo)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-1], lambda text: text + "0", lambda text: text + "\n", str.upper]
)
def test_what_was_cut_or_added_to_is_no_key(change: object) -> None:
    assert read_key(change(make_key("stats").text)) is None  # type: ignore[operator]


def test_a_key_does_not_show_its_secret_where_it_is_logged() -> None:
    key = make_key("admin")
    assert key.text[-20:] not in repr(key)
    assert isinstance(key, Key)
    assert key.public_id in repr(key)
