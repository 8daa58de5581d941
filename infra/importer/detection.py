"""Which format a file is in: told by its head, or named with --format. Pure.

To add a kind of file: a Format of its own in FORMATS. The first one that says that a head is its own reads the file.
"""

from infra.importer.errors import ImportStopped
from infra.importer.formats.kind import Format
from infra.importer.formats.table import LOG_FORMATS
from infra.importer.histories.table import HISTORIES

FORMATS: tuple[Format, ...] = (*HISTORIES, *LOG_FORMATS)
NAMES = tuple(sorted(known.name for known in FORMATS))


def detect(head: bytes) -> Format | None:
    """The format of a file that begins with these bytes, unpacked; None if no format knows it."""
    return next((known for known in FORMATS if known.is_own(head)), None)


def find_format(name: str) -> Format:
    """The format of that name. Raises ImportStopped for an unknown one."""
    for known in FORMATS:
        if known.name == name:
            return known
    raise ImportStopped(f"There is no format {name}; there are: {', '.join(NAMES)}.")
