"""The repository's YAML files, each read once."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[3]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""By libyaml, where PyYAML has it: it takes a tenth of the time."""


@cache
def read_yaml(name: str) -> Any:
    """What is in a file. It is everyone's: change a copy."""
    return yaml.load((PROJECT / name).read_text(), LOADER)
