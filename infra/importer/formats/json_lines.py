"""Lines that are JSON objects, as they are or behind what a tool puts before them. Pure."""

from typing import Any

from pydantic_core import from_json

from infra.importer.formats.prefix import clean_line, find_prefix_end


def load_object(line: bytes) -> tuple[bytes, dict[str, Any]] | None:
    """The object's text and the object; None if the line is no object."""
    if not line.startswith(b"{"):
        line = clean_line(line)
        line = line[find_prefix_end(line) :]
        if not line.startswith(b"{"):
            return None
    try:
        value = from_json(line)
    except ValueError:
        return None
    return (line, value) if isinstance(value, dict) else None


def read_text(value: Any) -> str:
    """A member that should be a text: the text, the first of a list of texts, or nothing."""
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str) else ""


def read_bytes(value: Any) -> bytes:
    """The same as bytes; what is no Unicode (half of a surrogate pair) becomes a question mark."""
    return read_text(value).encode(errors="replace")
