"""Bodies as other trackers' clients send them: compressed or not, JSON or a form."""

import zlib
from functools import lru_cache
from urllib.parse import unquote_plus

from common.errors import InvalidInput, TooLarge, WrongMediaType
from common.incoming_event import MAX_BODY_BYTES

MAX_BYTES = 4 * MAX_BODY_BYTES
"""Of a body when it is decompressed."""
STEP_BYTES = 256 << 10
"""What a step of decompressing makes."""
MAX_FIELDS = 2_000
"""Of a query or a form."""
MAX_FORM_BYTES = 64 << 10
"""Of a form: as many as a request's head may have, in which the same stands as a query."""
_MAX_KNOWN_LENGTH = 500
"""Of a value that is remembered: thousands of longer ones would fill the memory."""

_GZIP = b"\x1f\x8b"
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15


def is_compressed(body: bytes, encoding: str) -> bool:
    """Whether a body may be. `encoding`: of Content-Encoding. Some clients don't say so: gzip has its first bytes."""
    return bool(encoding) or body.startswith(_GZIP)


class Inflation:
    """Decompresses a body: `inflate` it until it `is_done`. Each step makes a part of it, and takes little time."""

    def __init__(self, body: bytes, encoding: str) -> None:
        """`encoding`: of Content-Encoding; nothing is compressed that does not look so. Raises WrongMediaType."""
        bits = _find_bits(body, encoding.strip().lower())
        self._inflate = None if bits is None else zlib.decompressobj(bits)
        self._left = body
        self._made = [] if self._inflate else [body]
        self._bytes = 0

    def is_done(self) -> bool:
        """Whether all is there."""
        return self._inflate is None

    def inflate(self) -> None:
        """Decompress some more. Raises InvalidInput, TooLarge."""
        inflate = self._inflate
        if inflate is None:
            return
        try:
            made = inflate.decompress(self._left, STEP_BYTES)
        except zlib.error:
            raise InvalidInput("The body can't be decompressed.") from None
        self._left = inflate.unconsumed_tail
        self._made.append(made)
        self._bytes += len(made)
        if self._bytes > MAX_BYTES:
            raise TooLarge(f"The body is over {MAX_BYTES:,} bytes when it is decompressed.")
        if inflate.eof:
            self._inflate = None
        elif not made and not self._left:
            raise InvalidInput("The compressed body ends early.")

    def whole(self) -> bytes:
        """The body as its sender wrote it."""
        return b"".join(self._made)


def _find_bits(body: bytes, encoding: str) -> int | None:
    """How zlib is to read a body; None: it is not compressed."""
    if body.startswith(_GZIP):
        return _GZIP_BITS
    if encoding in ("", "identity", "gzip", "x-gzip"):  # a proxy may have decompressed it and kept the header field
        return None
    if encoding == "deflate":
        is_zlib = len(body) > 1 and body[0] & 15 == 8 and int.from_bytes(body[:2]) % 31 == 0
        return _ZLIB_BITS if is_zlib else _RAW_BITS
    raise WrongMediaType("Content-Encoding should be gzip or deflate, or absent.")


def read_fields(text: str) -> dict[str, str]:
    """The fields of a query or a form, the last of each name. Raises InvalidInput, TooLarge."""
    if len(text) > MAX_FORM_BYTES:
        raise TooLarge(f"A form may have at most {MAX_FORM_BYTES:,} characters.")
    if text.count("&") >= MAX_FIELDS:
        raise InvalidInput(f"There are over {MAX_FIELDS:,} fields.")
    fields: dict[str, str] = {}
    for field in text.split("&"):
        if field:
            name, _, value = field.partition("=")
            if "%" in field or "+" in field:
                name, value = _decode(name), _decode(value)
            fields[name] = value
    return fields


def _decode(text: str) -> str:
    """A name or a value; most names, and many values, are as they are written."""
    if "%" not in text and "+" not in text:
        return text
    return _unquote(text) if len(text) <= _MAX_KNOWN_LENGTH else unquote_plus(text)


_unquote = lru_cache(maxsize=4096)(unquote_plus)
"""Most values were seen before: a site's pages, and where its visitors come from."""
