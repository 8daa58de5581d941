"""The codes of countries and currencies that exist, from countries.txt and currencies.txt."""

from functools import cache
from importlib.resources import files

_MEANT = {"UK": "GB", "EL": "GR"}
"""What the European Union and others write for two countries."""


def check_country(code: str) -> str:
    """An ISO 3166 alpha-2 code; raises ValueError, with a sentence for the client, if it does not exist."""
    if code not in load_countries():
        example = _MEANT.get(code, "DE")
        raise ValueError(f'"{code}" is no country; expected ISO 3166 alpha-2 in capitals, such as "{example}"')
    return code


def check_currency(code: str) -> str:
    """An ISO 4217 code; raises ValueError, with a sentence for the client, if it does not exist."""
    if code not in load_currencies():
        raise ValueError(f'"{code}" is no currency; expected an ISO 4217 code in capitals, such as "EUR"')
    return code


@cache
def load_countries() -> frozenset[str]:
    """Read countries.txt."""
    return _read(files("common.derivation").joinpath("countries.txt").read_text(encoding="utf-8"))


@cache
def load_currencies() -> frozenset[str]:
    """Read currencies.txt."""
    return _read(files("common.derivation").joinpath("currencies.txt").read_text(encoding="utf-8"))


def _read(text: str) -> frozenset[str]:
    return frozenset(code for line in text.splitlines() if not line.startswith("#") for code in line.split())
