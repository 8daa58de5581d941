"""Our Python files, each parsed once for all tests of the house."""

import ast
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


@cache
def find_sources(folder: str) -> tuple[Path, ...]:
    return tuple(path for path in (PROJECT / folder).rglob("*.py") if "__pycache__" not in path.parts)


@cache
def parse(path: Path) -> ast.Module:
    """In a thread of its own: CPython 3.11 can't parse in one where a test has recursed too deeply."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: ast.parse(path.read_text())).result()


@cache
def find_nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parse(path)))
