"""Bodies as other trackers' clients send them: compressed or not, JSON or a form."""

import zlib
from urllib.parse import parse_qsl

from common.errors import InvalidInput, TooLarge, WrongMediaType
from common.incoming_event import MAX_BODY_BYTES

MAX_BYTES = 4 * MAX_BODY_BYTES
"""Of a body when it is decompressed."""
MAX_FIELDS = 2_000
"""Of a query or a form."""

_GZIP = b"\x1f\x8b"
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15


def decompress(body: bytes, encoding: str) -> bytes:
    """A body as its sender wrote it. Raises TooLarge, WrongMediaType, InvalidInput.

    `encoding`: of Content-Encoding. Some clients compress without saying so: gzip is known by its first bytes.
    """
    encoding = encoding.strip().lower()
    if body.startswith(_GZIP):
        return _inflate(body, _GZIP_BITS)
    if encoding in ("", "identity", "gzip", "x-gzip"):  # a proxy may have decompressed it and kept the header field
        return body
    if encoding == "deflate":
        is_zlib = len(body) > 1 and body[0] & 15 == 8 and int.from_bytes(body[:2]) % 31 == 0
        return _inflate(body, _ZLIB_BITS if is_zlib else _RAW_BITS)
    raise WrongMediaType("Content-Encoding should be gzip or deflate, or absent.")


def _inflate(body: bytes, bits: int) -> bytes:
    inflate = zlib.decompressobj(bits)
    try:
        whole = inflate.decompress(body, MAX_BYTES + 1)
    except zlib.error:
        raise InvalidInput("The body can't be decompressed.") from None
    if len(whole) > MAX_BYTES:
        raise TooLarge(f"The body is over {MAX_BYTES:,} bytes when it is decompressed.")
    if not inflate.eof:
        raise InvalidInput("The compressed body ends early.")
    return whole


def read_fields(text: str) -> dict[str, str]:
    """The fields of a query or a form, the last of each name. Raises InvalidInput."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS))
    except ValueError:
        raise InvalidInput(f"There are over {MAX_FIELDS:,} fields.") from None
