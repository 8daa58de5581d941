from itertools import product
from uuid import UUID

from infra.importer.identity import Occurrences, make_event_id

KEY = b"k" * 32


def test_occurrences_are_counted_for_each_line() -> None:
    occurrences = Occurrences()
    assert [occurrences.count(line) for line in (b"a", b"b", b"a", b"a", b"b")] == [0, 0, 1, 2, 1]


def test_a_line_is_remembered_past_a_generation() -> None:
    occurrences = Occurrences(remembered=3)
    counts = [occurrences.count(line) for line in (b"a", b"b", b"c", b"a", b"d", b"a", b"e", b"a")]
    assert counts == [0, 0, 0, 1, 0, 2, 0, 3]


def test_memory_is_bounded_by_forgetting_lines_that_are_far_back() -> None:
    occurrences = Occurrences(remembered=3)
    for number in range(100):
        occurrences.count(b"%d" % number)
    assert occurrences.count(b"0") == 0


def test_an_event_id_is_the_same_every_time() -> None:
    # Spelled out: were it to change, every log imported before would count again.
    assert make_event_id(KEY, "site", b"line", 0) == "063e1645-453b-84de-878e-0219352c498e"


def test_each_site_line_occurrence_and_key_has_its_own_event_id() -> None:
    combinations = product((KEY, b"other"), ("site", "site2"), (b"line", b"line2"), (0, 1, 12))
    assert len({make_event_id(*parts) for parts in combinations}) == 24


def test_an_event_id_is_a_uuid_of_version_8() -> None:
    for before in range(50):
        event_id = UUID(make_event_id(KEY, "site", b"line", before))
        assert (event_id.version, event_id.variant) == (8, "specified in RFC 4122")
