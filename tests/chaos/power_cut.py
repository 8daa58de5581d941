"""Makes a Valkey server lose what a power cut would take: all that it wrote after its last sync."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).with_name("synced_length.c")


def compiler() -> str:
    """The C compiler; empty if there is none."""
    return shutil.which("gcc") or ""


class PageCache:
    """Knows the synced length of every append-only file of a server that is started with `env`."""

    def __init__(self, server_folder: Path, folder: Path) -> None:
        self._server_folder = server_folder
        self._lengths = folder / "synced"
        self._lengths.mkdir(exist_ok=True)
        self._library = folder / "synced_length.so"
        if compiler():
            command = [compiler(), "-shared", "-fPIC", "-O2", "-o", str(self._library), str(SOURCE), "-ldl"]
            subprocess.run(command, check=True, capture_output=True)

    @property
    def env(self) -> dict[str, str]:
        """What the server needs in its environment."""
        if not compiler():
            return {}
        return {"LD_PRELOAD": str(self._library), "SYNCED_LENGTHS": str(self._lengths)}

    def unsynced_bytes(self) -> int:
        """What a power cut would take now."""
        return sum(max(0, path.stat().st_size - synced) for path, synced in self._files())

    def lose(self) -> int:
        """Cut the files of the killed server back; returns how many bytes that took."""
        lost = 0
        for path, synced in self._files():
            lost += max(0, path.stat().st_size - synced)
            if path.stat().st_size > synced:
                os.truncate(path, synced)
        return lost

    def _files(self) -> Iterator[tuple[Path, int]]:
        # base files and the manifest are synced before they are renamed into place, and never appended to
        for path in (self._server_folder / "appendonlydir").glob("*.incr.aof"):
            note = self._lengths / path.name
            yield path, int(note.read_text()) if note.exists() else 0


def newest_file(server_folder: Path) -> Path:
    """The append-only file that the server appends to."""
    files = (server_folder / "appendonlydir").glob("*.incr.aof")
    return max(files, key=lambda path: int(path.name.split(".")[-3]))
