"""Which of the project's files a file needs: what it imports, what that imports, and the data beside it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

DATA = {
    "common/postgres/database.py": "infra/cloud/rds-ca.pem",
    "common/derivation/bots.py": "common/derivation/bots-people.csv",
    "common/derivation/codes.py": "common/derivation/c*ies.txt",
    "common/derivation/sources.py": "common/derivation/sources.csv",
    "common/derivation/suspicion.py": "common/derivation/referrer-spam.txt",
    "functions/ingest/tracker/serving.py": "functions/ingest/tracker/*.js",
    "functions/stats/page/serving.py": "functions/stats/page/files/**/*.*",
    "infra/migrations/runner.py": "infra/migrations/[0-9]*.sql",
    "infra/outbox/layout.py": "infra/outbox/mail.html",
}
"""Files that are read, by the file whose code or settings name them; SQL and Lua are found by their loaders' calls."""

_LOADERS = {"load_query": ".sql", "load_script": ".lua", "run_script": ".lua"}


def find_files(root: Path, entry: Path) -> set[Path]:
    """Every file under `root` that `entry` needs, itself included; imports inside functions count."""
    found: set[Path] = set()
    ahead = [entry]
    while ahead:
        file = ahead.pop()
        if file in found:
            continue
        found.add(file)
        if file.suffix == ".py":
            ahead += _read(root, file)
    patterns = (DATA[name] for file in found if (name := file.relative_to(root).as_posix()) in DATA)
    return found.union(*(root.glob(pattern) for pattern in patterns))


@cache
def _read(root: Path, file: Path) -> tuple[Path, ...]:
    """What the module itself needs. It is parsed once, although many entries lead to it."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    modules = (path for module in _imported(nodes) for path in _locate(root, module))
    return (*modules, *(file.with_name(name) for name in _loaded(nodes)))


def _loaded(nodes: list[ast.AST]) -> Iterator[str]:
    """The SQL files and Lua scripts beside a module that it loads by their names."""
    for node in nodes:
        suffix = _LOADERS.get(getattr(node.func, "id", "")) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and suffix:
            texts = [word.value for word in node.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
            yield from (f"{text}{suffix}" for text in texts[:1])


def _imported(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)  # where the name is a module


@cache
def _locate(root: Path, module: str) -> tuple[Path, ...]:
    """The module's file and those of the packages it is in, as far as they are ours."""
    package, _, name = module.rpartition(".")
    around = _locate(root, package) if package else ()
    path = root.joinpath(*package.split("."), name) if package else root / name
    return (*around, *(file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()))
