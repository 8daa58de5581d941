"""Compressed bodies and forms."""

import gzip
import tracemalloc
import zlib

import pytest

from common.errors import InvalidInput, TooLarge, WrongMediaType
from functions.ingest.dialects.bodies import MAX_BYTES, MAX_FIELDS, STEP_BYTES, Inflation, read_fields

TEXT = b'{"a": "b"}' * 100
RAW = zlib.compressobj(wbits=-15)


def decompress(body: bytes, encoding: str) -> bytes:
    inflation = Inflation(body, encoding)
    while not inflation.is_done():
        inflation.inflate()
    return inflation.whole()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0), " GZIP "),
        (gzip.compress(TEXT, mtime=0), ""),
        (zlib.compress(TEXT), "deflate"),
        (RAW.compress(TEXT) + RAW.flush(), "deflate"),
        (TEXT, ""),
        (TEXT, "identity"),
        (TEXT, "gzip"),
    ],
)
def test_a_body_is_read_however_it_was_compressed(body: bytes, encoding: str) -> None:
    assert decompress(body, encoding) == TEXT


def test_exactly_as_much_as_may_be_is_read_and_no_more() -> None:
    assert len(decompress(gzip.compress(b" " * MAX_BYTES), "")) == MAX_BYTES
    with pytest.raises(TooLarge):
        decompress(gzip.compress(b" " * (MAX_BYTES + 1)), "")


def test_a_step_makes_no_more_than_takes_little_time() -> None:
    inflation = Inflation(gzip.compress(b" " * MAX_BYTES), "")
    steps = 0
    while not inflation.is_done():
        inflation.inflate()
        steps += 1
    assert steps >= MAX_BYTES // STEP_BYTES


@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        (gzip.compress(TEXT, mtime=0)[:-9], "", InvalidInput),
        (b"\x1f\x8bnothing", "", InvalidInput),
        (b"nothing", "deflate", InvalidInput),
        (TEXT, "br", WrongMediaType),
    ],
)
def test_what_cant_be_decompressed_is_refused(body: bytes, encoding: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        decompress(body, encoding)


def test_of_a_field_that_comes_twice_the_last_counts_and_too_many_are_refused() -> None:
    assert read_fields("a=1&b=%C3%A9+x&a=2&c=&%FF=d") == {"a": "2", "b": "é x", "c": "", "\ufffd": "d"}
    with pytest.raises(InvalidInput):
        read_fields("&".join("a=1" for _ in range(MAX_FIELDS + 1)))


def test_no_more_is_decompressed_than_is_read() -> None:
    bomb = gzip.compress(b" " * (50 * MAX_BYTES), 1)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decompress(bomb, "")
        assert tracemalloc.get_traced_memory()[1] < 4 * MAX_BYTES
    finally:
        tracemalloc.stop()
