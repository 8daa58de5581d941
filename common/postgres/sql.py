"""The SQL files: each lies beside the module that runs it and is named after the method that does."""

import re
from functools import cache
from importlib.resources import files


@cache
def load_query(module: str, name: str) -> str:
    """The text of <name>.sql beside a module (its `__name__`).

    A line `-- include <folder>/<name>` stands for that file, from the project's root.
    """
    return _read(module.rpartition(".")[0].replace(".", "/"), name)


def _read(folder: str, name: str) -> str:
    text = files(folder.replace("/", ".")).joinpath(f"{name}.sql").read_text()
    return re.sub(r"^-- include ([a-z_/]+)/([a-z_]+)$", lambda line: _read(line[1], line[2]), text, flags=re.MULTILINE)
