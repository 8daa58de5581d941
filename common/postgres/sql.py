"""The SQL files: each lies beside the module that runs it and is named after the method that does.

Text that several statements share and that can't be run alone is in a folder `fragments`, and is put into their slots.
"""

from functools import cache
from importlib.resources import files


@cache
def load_query(module: str, name: str) -> str:
    """The text of <name>.sql beside a module (its `__name__`)."""
    return files(module.rpartition(".")[0]).joinpath(f"{name}.sql").read_text()


def fill(text: str, **slots: str) -> str:
    """The text with each slot `{name}` filled: with SQL of our own, never with a value from a client."""
    for name, content in slots.items():
        text = text.replace("{" + name + "}", content)
    return text
