"""Passwords, of which a salted scrypt hash is kept."""

import base64
import hashlib
import hmac
import secrets
from threading import BoundedSemaphore

from common.errors import Fault

MIN_LENGTH = 10
MAX_LENGTH = 200

_LOG_N, _R, _P = 15, 8, 3
"""OWASP's recommendation that takes 32 MiB."""
_MAX_MEMORY = 64 << 20
_AT_ONCE = BoundedSemaphore(2)
"""How many are hashed at once: more would fill memory, and leave no CPU for anything else."""


def make_password() -> str:
    """A password that nobody guesses, of letters, digits, - and _."""
    return secrets.token_urlsafe(15)


def check_password(password: str, pointer: str = "/password") -> list[Fault]:
    """What is wrong with a password that somebody chose."""
    if MIN_LENGTH <= len(password) <= MAX_LENGTH and "\0" not in password:
        return []
    return [Fault(f"{MIN_LENGTH} to {MAX_LENGTH} characters.", pointer)]


def hash_password(password: str) -> str:
    """What is kept of a password: `scrypt$<log2 n>$<r>$<p>$<salt>$<hash>`."""
    salt = secrets.token_bytes(16)
    hashed = _derive(password, salt, _LOG_N, _R, _P)
    return "$".join(["scrypt", str(_LOG_N), str(_R), str(_P), _write(salt), _write(hashed)])


def is_password(password: str, kept: str) -> bool:
    """Whether it is the password of which this was kept; an empty `kept` takes as long, and has none."""
    _, log_n, r, p, salt, hashed = (kept or _NOBODYS).split("$")
    derived = _derive(password[: MAX_LENGTH + 1], base64.b64decode(salt), int(log_n), int(r), int(p))
    return hmac.compare_digest(derived, base64.b64decode(hashed)) and bool(kept)


def _derive(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    with _AT_ONCE:
        return hashlib.scrypt(
            password.encode(errors="surrogatepass"), salt=salt, n=1 << log_n, r=r, p=p, maxmem=_MAX_MEMORY, dklen=32
        )


def _write(value: bytes) -> str:
    return base64.b64encode(value).decode()


_NOBODYS = "$".join(["scrypt", str(_LOG_N), str(_R), str(_P), _write(bytes(16)), _write(bytes(32))])
