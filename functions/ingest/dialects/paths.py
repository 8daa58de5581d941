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
    Door("/e/", "posthog", sends_credentials=True),
    Door("/i/v0/e/", "posthog", sends_credentials=True),
    Door("/capture/", "posthog", sends_credentials=True),
    Door("/batch/", "posthog", sends_credentials=True),
    Door("/i/v1/analytics/events", "posthog"),
    Door("/flags/", "posthog", sends_credentials=True),
    Door("/decide/", "posthog", sends_credentials=True),
    Door("/array/{token}/config", "posthog", ("GET",)),
    Door("/matomo.php", "matomo", ("GET", "POST"), sends_credentials=True),
    Door("/piwik.php", "matomo", ("GET", "POST"), sends_credentials=True),
    Door("/com.snowplowanalytics.snowplow/tp2", "snowplow", sends_credentials=True),
    Door("/i", "snowplow", ("GET",), sends_credentials=True),
    Door("/track", "openpanel"),
    Door("/track/device-id", "openpanel", ("GET",)),
)


def find_twin(path: str) -> str | None:
    """The path with a slash at its end, or without it; none of one that ends with a parameter."""
    return None if path.endswith("}") else path[:-1] if path.endswith("/") else f"{path}/"


def list_paths(door: Door) -> tuple[str, ...]:
    """A door's path as its clients call it, and its twin."""
    twin = find_twin(door.path)
    return (door.path,) if twin is None else (door.path, twin)


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
        case "matomo":
            from functions.ingest.dialects import matomo

            return matomo
        case "openpanel":
            from functions.ingest.dialects import openpanel

            return openpanel
        case "posthog":
            from functions.ingest.dialects import posthog

            return posthog
        case "snowplow":
            from functions.ingest.dialects import snowplow

            return snowplow
    raise KeyError(name)
