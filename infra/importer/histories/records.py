"""Records of a file: rows of CSV or of tab-separated text, a JSON object a line, or the objects of a JSON array."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from pydantic_core import from_json

from infra.importer.formats.combined import Unparsable

MAX_RECORD_BYTES = 1 << 20
"""Of a line, and of a CSV field. A visit with hundreds of actions is an element of an array, and may be longer."""
MAX_ELEMENT_BYTES = 1 << 23

Row = dict[str, Any]
Layout = Literal["csv", "tsv", "lines", "array"]
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|["{}\[\]]', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "N": ""}
_MARK = b"\xef\xbb\xbf"
_CUT = Unparsable("not whole: the file ends in it, or it is too long")
_TOO_LONG = Unparsable(f"longer than {MAX_RECORD_BYTES:,} bytes")


class Record(NamedTuple):
    """A record: the number of its first line (in an array: of the element), from 1, and its fields by name."""

    number: int
    row: Row | Unparsable


def find_layout(head: bytes) -> Layout:
    """How the records of a file are laid out that begins so."""
    start = head.removeprefix(_MARK).lstrip()
    if start.startswith((b"[", b"{")):
        return "array" if start.startswith(b"[") else "lines"
    header = start.partition(b"\n")[0]
    return "tsv" if header.count(b"\t") > header.count(b",") else "csv"


def find_names(head: bytes) -> frozenset[str]:
    """The names of the first record's fields; none if the file is of none of these layouts."""
    start = head.removeprefix(_MARK).lstrip()
    layout = find_layout(head)
    if layout in ("csv", "tsv"):
        line = start.partition(b"\n")[0].decode(errors="replace").strip("\r")
        try:
            return frozenset(line.split("\t") if layout == "tsv" else next(csv.reader([line]), []))
        except csv.Error:
            return frozenset()
    try:
        first = from_json(start if layout == "array" else start.partition(b"\n")[0], allow_partial="trailing-strings")
    except ValueError:
        return frozenset()
    if isinstance(first, list):
        first = first[0] if first else None
    return frozenset(first) if isinstance(first, dict) else frozenset()


def read_lines(lines: Iterable[bytes | None]) -> Iterator[Record]:
    """A JSON object a line; a line of None is one that is too long."""
    for number, line in enumerate(lines, start=1):
        if line is None:
            yield Record(number, _TOO_LONG)
        elif line.strip():
            yield Record(number, _read_object(line.removeprefix(_MARK) if number == 1 else line))


def read_array(blocks: Iterable[bytes]) -> Iterator[Record]:
    """The objects of a JSON array, one at a time, however long the array is."""
    for number, text in enumerate(_split(blocks), start=1):
        yield Record(number, _CUT if text is None else _read_object(text))


def read_table(lines: Iterable[bytes | None], layout: Layout) -> Iterator[Record]:
    """Rows under a header that names their fields. A quoted field of CSV may go over several lines."""
    rows = _read_tabs(lines) if layout == "tsv" else _read_csv(lines)
    first = next(rows, None)
    if first is None or isinstance(first[1], Unparsable):
        return
    names = [name.strip() for name in first[1]]
    for number, values in rows:
        if isinstance(values, Unparsable):
            yield Record(number, values)
        elif len(values) == len(names):
            yield Record(number, dict(zip(names, values, strict=True)))
        else:
            yield Record(number, Unparsable(f"{len(values)} fields where the first line names {len(names)}"))


def _read_object(text: bytes) -> Row | Unparsable:
    try:
        value = from_json(text)
    except ValueError:
        return Unparsable("no JSON object")
    return value if isinstance(value, dict) else Unparsable("no JSON object")


class _Texts:
    """Lines as text for the CSV reader, which counts what it takes."""

    def __init__(self, lines: Iterable[bytes | None]) -> None:
        self._lines = iter(lines)
        self.taken = 0
        self.is_too_long = False

    def __iter__(self) -> "_Texts":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken += 1
        if line is None:
            self.is_too_long = True
            return "\n"
        return (line.removeprefix(_MARK) if self.taken == 1 else line).decode(errors="replace") + "\n"


def _read_csv(lines: Iterable[bytes | None]) -> Iterator[tuple[int, list[str] | Unparsable]]:
    csv.field_size_limit(MAX_RECORD_BYTES)
    texts = _Texts(lines)
    reader = csv.reader(texts)
    while True:
        begin = texts.taken + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield begin, Unparsable(f"no CSV: {error}")
            continue
        if texts.is_too_long:
            texts.is_too_long = False
            yield begin, _TOO_LONG
        elif values:
            yield begin, values


def _read_tabs(lines: Iterable[bytes | None]) -> Iterator[tuple[int, list[str] | Unparsable]]:
    """As ClickHouse writes them: a tab or a line feed within a field is escaped, and \\N is null."""
    for number, line in enumerate(lines, start=1):
        if line is None:
            yield number, _TOO_LONG
        elif line:
            text = (line.removeprefix(_MARK) if number == 1 else line).decode(errors="replace")
            yield number, [_unescape(value) for value in text.split("\t")]


def _unescape(value: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), value) if "\\" in value else value


def _split(blocks: Iterable[bytes]) -> Iterator[bytes | None]:
    """The texts of an array's objects. None, once and last: what follows can't be read."""
    text, at, begin, depth = b"", 0, -1, 0
    for block in blocks:
        text += block
        while token := _TOKEN.search(text, at):
            mark = token[0]
            if mark == b'"':  # a string that goes on in the next block
                at = token.start()
                break
            at = token.end()
            if mark in b"{[":
                if depth == 1 and mark == b"{":
                    begin = token.start()
                depth += 1
            elif mark in b"}]":
                depth -= 1
                if depth == 1 and begin >= 0:
                    yield text[begin:at]
                    begin = -1
        else:
            at = len(text)
        kept = begin if begin >= 0 else at
        text, at, begin = text[kept:], at - kept, 0 if begin >= 0 else -1
        if len(text) > MAX_ELEMENT_BYTES:
            break
    if begin >= 0 or depth:
        yield None


def find_json(value: Any) -> Any:
    """A value that a table holds as JSON text: that value; None if it is none."""
    if not isinstance(value, str):
        return value
    try:
        return from_json(value)
    except ValueError:
        return None


def read_list(value: Any) -> Sequence[str]:
    """A list, or one as ClickHouse spells it in text: ['a','b']."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return [_unescape(found) for found in re.findall(r"'((?:[^'\\]|\\.)*)'", value)] if isinstance(value, str) else []
