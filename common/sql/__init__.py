"""The SQL files: migrations in their order, and queries named after the method that runs them."""

import re
from functools import cache
from importlib.resources import files


@cache
def load_query(name: str) -> str:
    """The text of queries/<name>.sql; a line `-- include <name>` stands for fragments/<name>.sql."""
    return _read("queries", name)


def _read(folder: str, name: str) -> str:
    text = files("common.sql").joinpath(folder, f"{name}.sql").read_text()
    return re.sub(r"^-- include ([a-z_]+)$", lambda line: _read("fragments", line[1]), text, flags=re.MULTILINE)


def load_migrations() -> list[tuple[str, str]]:
    """(name, text) of every migration, in the order in which they are applied."""
    folder = files("common.sql").joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name.removesuffix(".sql"), folder.joinpath(name).read_text()) for name in names]
