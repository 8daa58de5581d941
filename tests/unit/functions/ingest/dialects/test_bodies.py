"""Compressed bodies and forms."""

import gzip
import zlib

import pytest

from common.errors import InvalidInput, TooLarge, WrongMediaType
from functions.ingest.dialects.bodies import MAX_BYTES, MAX_FIELDS, decompress, read_fields

TEXT = b'{"a": "b"}' * 100
RAW = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(TEXT), "gzip"),
        (gzip.compress(TEXT), " GZIP "),
        (gzip.compress(TEXT), ""),
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


@pytest.mark.parametrize(
    ("body", "encoding", "error"),
    [
        (gzip.compress(TEXT)[:-9], "", InvalidInput),
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
