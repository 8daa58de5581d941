"""Visitors without their addresses: a keyed hash, and where its key is kept."""

import os
import secrets
from hashlib import blake2b
from pathlib import Path

from common.setting_checks import MIN_VISITOR_KEY
from common.settings import Settings
from infra.importer.errors import ImportStopped

KEY_FILE = "visitor.key"


def make_user_id(key: bytes, site_id: str, address: bytes, agent: bytes) -> str:
    """The same visitor of the same site always gets the same 32 hex digits; without the key nobody can say
    which address and user agent they stand for, nor follow a visitor from site to site.
    """
    visitor = b"%s\0%s %s" % (site_id.encode(), address, agent)  # an address holds no space
    return blake2b(visitor, digest_size=16, key=key, person=b"visitor").hexdigest()


def load_key(settings: Settings) -> bytes:
    """VISITOR_KEY, else the key in the data folder: made on first use, readable by its owner only.

    Raises ImportStopped where there is no usable key.
    """
    path = settings.data_dir / KEY_FILE
    try:
        text = settings.visitor_key or _read_or_make(path)
    except OSError as error:
        raise ImportStopped(f"The visitor key can't be kept in {path}: {error.strerror}.") from error
    if len(text) < MIN_VISITOR_KEY:
        raise ImportStopped(f"The key in {path} should have at least {MIN_VISITOR_KEY} characters, not to be guessed.")
    return blake2b(text.encode(errors="surrogateescape"), digest_size=32).digest()


def _read_or_make(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
    return path.read_text(encoding="utf-8", errors="replace").strip()


def _make(path: Path) -> None:
    """Written aside and linked: another import that starts now sees a whole key, and both use the same."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
