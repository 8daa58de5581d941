"""A funnel as it is kept: its name and its definition."""

import json
from dataclasses import dataclass
from typing import Any

from common.errors import Fault, InvalidInput
from common.filters.words import DESCRIBED_NAME, is_name
from common.funnels.definition import VISIT, Definition, parse_definition

MOST_FUNNELS = 20
"""Of a site."""


@dataclass(frozen=True)
class Funnel:
    """The definition as texts, as a query has them too."""

    name: str
    steps: str
    """A list of lists of conditions, in JSON."""
    mode: str = "ordered"
    within: str = VISIT
    exclude: str = "[]"
    """Conditions in JSON."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return vars(self) | {"steps": json.loads(self.steps), "exclude": json.loads(self.exclude)}

    @property
    def definition(self) -> Definition:
        """What it asks. Raises InvalidInput that names every fault, also in the name."""
        faults = [] if is_name(self.name) else [Fault(DESCRIBED_NAME, "/name")]
        definition, found = parse_definition(self.steps, self.mode, self.within, self.exclude)
        faults += found
        if definition is None or faults:
            raise InvalidInput("The funnel can't be saved.", tuple(faults[:20]))
        return definition
