"""The form of keys: `wa_<kind>_<public id><secret><checksum>`, with underscores between.

The kind and the id may be seen and logged. The checksum tells a typo from a wrong key, and lets a scanner of source
code know a key, without asking the database.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["admin", "ingest", "stats", "api", "session", "link", "view"]
"""`api`: a key with several scopes, or another one; `view`: what a link's password gave."""

ID_LENGTH = 8
SECRET_LENGTH = 43
"""32 random bytes in base 62."""
CHECKSUM_LENGTH = 6
"""A CRC-32 in base 62."""

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PREFIX = "wa_"
_FORM = re.compile(
    rf"wa_({'|'.join(get_args(Kind))})_([0-9A-Za-z]{{{ID_LENGTH}}})_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}"
)


@dataclass(frozen=True)
class Key:
    """A key, as it is presented. Its text is secret."""

    kind: Kind
    public_id: str
    text: str

    def __repr__(self) -> str:
        return f"Key({self.kind}, {self.public_id})"

    @property
    def hash(self) -> bytes:
        """What is kept of it. Its secret has 256 bits: nobody can try them all, so a fast hash is enough."""
        return hashlib.sha256(self.text.encode()).digest()

    def matches(self, kept: bytes) -> bool:
        """Whether it is the key of this hash, in a time that does not tell how much of it was right."""
        return hmac.compare_digest(self.hash, kept)


def make_key(kind: Kind) -> Key:
    """A new key."""
    public_id = "".join(secrets.choice(_DIGITS) for _ in range(ID_LENGTH))
    secret = _write(int.from_bytes(secrets.token_bytes(32)), SECRET_LENGTH)
    body = f"{_PREFIX}{kind}_{public_id}_{secret}"
    return Key(kind, public_id, body + _make_checksum(body))


def read_key(text: str) -> Key | None:
    """The key of this text; None if it is none, or not as it was made."""
    match = _FORM.fullmatch(text)
    if match is None or not hmac.compare_digest(text[-CHECKSUM_LENGTH:], _make_checksum(text[:-CHECKSUM_LENGTH])):
        return None
    return Key(match[1], match[2], text)  # type: ignore[arg-type]


def looks_like_key(text: str) -> bool:
    """Whether it was meant as a key: one that `read_key` does not know was mistyped or cut."""
    return text.startswith(_PREFIX)


def _make_checksum(body: str) -> str:
    return _write(zlib.crc32(body.encode()), CHECKSUM_LENGTH)


def _write(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
