"""How files are taken apart: rows, lines and elements, with their numbers, and what is wrong with the others."""

import json
from collections.abc import Iterator

import pytest

from infra.importer.formats.combined import Unparsable
from infra.importer.histories.records import (
    MAX_ELEMENT_BYTES,
    Record,
    find_layout,
    find_names,
    read_array,
    read_lines,
    read_list,
    read_table,
)

HEADS = {
    b"a,b\n1,2\n": ("csv", {"a", "b"}),
    b'\xef\xbb\xbf"a","b"\r\n': ("csv", {"a", "b"}),
    b"a\tb,c\td\n": ("tsv", {"a", "b,c", "d"}),
    b'{"a": 1, "b": {"c": 2}}\n{"d": 3}\n': ("lines", {"a", "b"}),
    b' [\n {"a": [1], "b': ("array", {"a"}),
    b'[{"a": "long and cut': ("array", {"a"}),
    b"[]": ("array", set()),
    b'{"a": 1': ("lines", {"a"}),
    b"192.0.2.1 - - [17/May/2015:10:05:03 +0000]": ("csv", {"192.0.2.1 - - [17/May/2015:10:05:03 +0000]"}),
    b"": ("csv", set()),
}


@pytest.mark.parametrize("head", HEADS)
def test_layout_and_names_are_told_by_the_head(head: bytes) -> None:
    assert (find_layout(head), set(find_names(head))) == HEADS[head]


def test_a_quoted_field_goes_over_lines_and_the_record_has_the_number_of_its_first_line() -> None:
    lines = [b"\xef\xbb\xbfa,b", b'1,"two', b'lines, ""quoted"""', b"", b"3,4"]
    assert list(read_table(lines, "csv")) == [
        Record(2, {"a": "1", "b": 'two\nlines, "quoted"'}),
        Record(5, {"a": "3", "b": "4"}),
    ]


def test_a_row_of_another_length_costs_itself_alone() -> None:
    [short, good] = read_table([b"a,b", b"1", b"3,4"], "csv")
    assert short == Record(2, Unparsable("1 fields where the first line names 2"))
    assert good.row == {"a": "3", "b": "4"}


def test_a_line_that_is_too_long_costs_itself_alone() -> None:
    for lines in (read_table([b"a,b", None, b"3,4"], "csv"), read_table([b"a\tb", None, b"3\t4"], "tsv")):
        [long, good] = lines
        assert isinstance(long.row, Unparsable)
        assert (long.number, good) == (2, Record(3, {"a": "3", "b": "4"}))
    [long, good] = read_lines([None, b'{"a":1}'])
    assert isinstance(long.row, Unparsable)
    assert good == Record(2, {"a": 1})


def test_clickhouse_escapes_what_would_end_a_field() -> None:
    [record] = read_table([b"a\tb\tc", rb"one\ttab\tand\nline	\N	back\\slash"], "tsv")
    assert record.row == {"a": "one\ttab\tand\nline", "b": "", "c": "back\\slash"}
    assert read_list(r"['plan','it\'s']") == ["plan", "it's"]


def split(text: bytes, size: int) -> Iterator[bytes]:
    return (text[start : start + size] for start in range(0, len(text), size))


@pytest.mark.parametrize("size", [1, 2, 7, 64, 100_000])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_split_wherever_its_blocks_end(size: int, indent: int | None) -> None:
    rows = [{"a": 'brackets ]}[{ and "quotes" \\'}, {"b": [{"c": {}}, []], "ü": "\u2028"}, {}]
    text = json.dumps(rows, indent=indent, ensure_ascii=False).encode()
    assert list(read_array(split(text, size))) == [Record(number, row) for number, row in enumerate(rows, start=1)]


def test_an_array_that_is_cut_gives_what_is_whole_and_says_so() -> None:
    whole, cut = read_array([b'[{"a": 1}, {"b": "'])
    assert whole == Record(1, {"a": 1})
    assert isinstance(cut.row, Unparsable)
    assert cut.number == 2


def test_an_element_without_an_end_takes_no_more_memory_than_an_element_may() -> None:
    taken = 0

    def feed() -> Iterator[bytes]:
        nonlocal taken
        yield b"[{"
        while True:
            taken += 1 << 20
            yield b" " * (1 << 20)

    [record] = read_array(feed())
    assert isinstance(record.row, Unparsable)
    assert taken <= MAX_ELEMENT_BYTES + (2 << 20)
