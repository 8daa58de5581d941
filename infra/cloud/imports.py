"""Which of the project's files a file needs: what it imports, what that imports, and the data beside it."""

import ast
from collections.abc import Iterator
from pathlib import Path

DATA = {
    "common/sql/__init__.py": "common/sql/**/*.sql",
    "common/adapters/redis_keys.py": "common/adapters/*.lua",
    "common/adapters/database.py": "infra/cloud/rds-ca.pem",
    "common/derivation/bots.py": "common/derivation/bots-people.csv",
    "common/derivation/codes.py": "common/derivation/c*ies.txt",
    "common/derivation/sources.py": "common/derivation/sources.csv",
    "common/derivation/suspicion.py": "common/derivation/referrer-spam.txt",
}
"""Files that are read, by the file whose code or settings name them."""


def find_files(root: Path, entry: Path) -> set[Path]:
    """Every file under `root` that `entry` needs, itself included; imports inside functions count."""
    found: set[Path] = set()
    ahead = [entry]
    while ahead:
        file = ahead.pop()
        if file not in found:
            found.add(file)
            ahead += [path for module in _imported(file) for path in _locate(root, module)]
    patterns = (DATA[name] for file in found if (name := file.relative_to(root).as_posix()) in DATA)
    return found.union(*(root.glob(pattern) for pattern in patterns))


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)  # where the name is a module


def _locate(root: Path, module: str) -> Iterator[Path]:
    """The module's file and those of the packages it is in, as far as they are ours."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        path = root.joinpath(*parts[:length])
        yield from (file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file())
