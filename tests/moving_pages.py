"""What docs/moving tells to run, or to write into a page: its blocks of code."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "moving"


@dataclass(frozen=True)
class Block:
    """A block of a page: `page` is the file's name without its ending, `language` what stands behind the fence."""

    page: str
    language: str
    text: str


def read_blocks() -> list[Block]:
    """All blocks of all pages, in their order."""
    return [
        Block(path.stem, language, text)
        for path in sorted(FOLDER.glob("*.md"))
        for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
    ]


def read_command(page: str, begins: str) -> str:
    """A page's one block for the shell that begins so."""
    [text] = [
        block.text
        for block in read_blocks()
        if (block.page, block.language) == (page, "bash") and block.text.startswith(begins)
    ]
    return text
