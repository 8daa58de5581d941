"""What PostgreSQL keeps of a password. Sending this rather than the password keeps it out of the server's log."""

import base64
import hashlib
import hmac
import secrets

_ITERATIONS = 4096
"""PostgreSQL's own default. The passwords are random, so more would only make logins slower."""


def make_verifier(password: str) -> str:
    """The SCRAM-SHA-256 verifier (RFC 5803) of an ASCII password, with a new salt."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return f"SCRAM-SHA-256${_ITERATIONS}:{_encode(salt)}${_encode(stored_key)}:{_encode(server_key)}"


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()
