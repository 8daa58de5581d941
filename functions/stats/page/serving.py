"""The page's files, read once: each with its media type, its ETag and its compressed form."""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from functions.stats.page.modules import join_modules

FOLDER = Path(__file__).parent / "files"
PAGE = "index.html"
ENTRY = "main.js"
_SLOT = b"{version}"
"""Where the page names the folder of its files: its address changes with them, so that they may be kept for ever."""
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class File:
    """A file as it is served."""

    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        """Its type, with its charset."""
        return f"{_TYPES[Path(self.name).suffix]}; charset=utf-8"

    @cached_property
    def tag(self) -> str:
        """Its ETag: the same for as long as its content is."""
        return f'"{_digest(self.content)}"'

    @cached_property
    def compressed(self) -> bytes:
        """Its content by gzip, the same bytes each time."""
        return gzip.compress(self.content, mtime=0)


@dataclass(frozen=True)
class Files:
    """The page, and what it loads, by name; `version` changes with any of them."""

    page: File
    assets: dict[str, File]
    version: str


@cache
def read_page() -> Files:
    """The page's files, which stay the same for as long as a process lives."""
    return read_files(FOLDER)


def read_files(folder: Path) -> Files:
    """All files of a page in this folder: its own modules joined, each late part as a file of its own."""
    found = {file.name: file for file in _list_assets(folder)}
    modules = {name: file.content.decode() for name, file in found.items() if _is_joined(name)}
    assets = {name: file for name, file in found.items() if name not in modules}
    if ENTRY in modules:
        assets |= {name: File(name, text.encode()) for name, text in join_modules(modules, ENTRY).items()}
    page = (folder / PAGE).read_bytes()
    version = _digest(b"\0".join([page, *(file.name.encode() + file.content for file in assets.values())]))[:12]
    return Files(File(PAGE, page.replace(_SLOT, version.encode())), assets, version)


def _is_joined(name: str) -> bool:
    """Whether it is a module of ours."""
    return name.endswith(".js") and not name.startswith("vendor/")


def _list_assets(folder: Path) -> Iterator[File]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in _TYPES and path.name != PAGE:
            yield File(path.relative_to(folder).as_posix(), path.read_bytes())


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
