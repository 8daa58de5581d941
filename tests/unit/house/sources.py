"""Our Python files, and how they are parsed."""

import ast
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


@cache
def find_sources(folder: str) -> tuple[Path, ...]:
    return tuple(path for path in (PROJECT / folder).rglob("*.py") if "__pycache__" not in path.parts)


@cache
def start_parser() -> ThreadPoolExecutor:
    """A thread of its own: CPython 3.11 can't parse in one where a test has recursed too deeply."""
    return ThreadPoolExecutor(1)


def parse(path: Path) -> ast.Module:
    """Who needs it twice keeps what it found there: the trees of all files are a million objects."""
    return start_parser().submit(lambda: ast.parse(path.read_text())).result()
