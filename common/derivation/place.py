"""Where an address is."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address is. What is unknown is None."""

    country: str | None = None
    """ISO 3166 alpha-2."""
    region: str | None = None
    city: str | None = None


class Places:
    """Finds where addresses are, in a file that is read once."""

    @classmethod
    def open(cls, mmdb: Path | None) -> "Places":
        """With the MaxMind database of that path, or with the countries that come along.

        Raises ValueError, naming the path, where the file is absent or no MaxMind database.
        """
        raise NotImplementedError

    def find(self, address: str) -> Place:
        """Where an IPv4 or IPv6 address is; nothing for private addresses and for what is no address."""
        raise NotImplementedError
