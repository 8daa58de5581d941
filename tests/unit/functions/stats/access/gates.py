"""Gates of functions without a database."""

from common.settings import Settings
from functions.stats.access.api_key import ApiKey
from functions.stats.access.gate import Gate
from functions.stats.access.identity import Identity


def make_gate(key: ApiKey | None = None, settings: Settings | None = None) -> Gate:
    """A gate that knows this key alone."""
    return Gate(Identity(settings or Settings(), key or ApiKey()))
