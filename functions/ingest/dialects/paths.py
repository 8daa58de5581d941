"""Where each dialect's requests go."""

from dataclasses import dataclass
from functools import cache

from functions.ingest.dialects.form import Dialect


@dataclass(frozen=True)
class Door:
    """A path that a tracker's clients call."""

    path: str
    dialect: str
    methods: tuple[str, ...] = ("POST",)
    sends_credentials: bool = False
    """Whether browsers send cookies along, and so want the answer to name their page's origin. None is read."""


DOORS = (
    Door("/api/event", "plausible"),
    Door("/api/send", "umami", sends_credentials=True),
    Door("/api/batch", "umami"),
    Door("/count", "goatcounter", ("GET", "POST")),
    Door("/count/{site}", "goatcounter", ("GET", "POST")),
    Door("/api/v0/count", "goatcounter"),
    Door("/api/v0/count/{site}", "goatcounter"),
)


def list_paths(door: Door) -> tuple[str, ...]:
    """A door's path, and the same with a slash at its end."""
    return (door.path,) if door.path.endswith("}") else (door.path, f"{door.path}/")


def list_paths_with_credentials() -> frozenset[str]:
    """Paths to which browsers send cookies along."""
    return frozenset(path for door in DOORS if door.sends_credentials for path in list_paths(door))


DIALECTS = tuple(dict.fromkeys(door.dialect for door in DOORS))


@cache
def load_dialect(name: str) -> Dialect:
    """The module of one of DIALECTS. It is loaded when it is first needed: most sites need none."""
    match name:
        case "plausible":
            from functions.ingest.dialects import plausible

            return plausible
        case "umami":
            from functions.ingest.dialects import umami

            return umami
        case "goatcounter":
            from functions.ingest.dialects import goatcounter

            return goatcounter
    raise KeyError(name)
