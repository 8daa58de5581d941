"""Countries by their English names, for exports that have no codes."""

import unicodedata
from functools import cache
from importlib.resources import files


def find_country_code(name: str) -> str:
    """The ISO 3166 code of a country; empty if the name is of none."""
    return _load().get(_fold(name), "")


@cache
def _load() -> dict[str, str]:
    text = files("infra.importer.histories").joinpath("countries.txt").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {_fold(name): code for code, *names in rows for name in names}


@cache
def _fold(name: str) -> str:
    """Without what is spelled in several ways: accents, &, dots, apostrophes, and SAR China behind Hong Kong."""
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", name) if not unicodedata.combining(mark))
    plain = plain.lower().replace("&", "and").replace("’", "'").replace(".", "")
    return plain.removeprefix("the ").removesuffix(" sar china").strip()
