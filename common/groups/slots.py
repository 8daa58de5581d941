"""The slots of sites: what is moved from one group to another, and what a map is kept of."""

import zlib

SLOTS = 256
HOME = "home"
"""The group that DATABASE_URL names. A slot that the map does not name is there."""


def find_slot(site_id: str) -> int:
    """The slot of a site: always the same one."""
    return zlib.crc32(site_id.encode(errors="replace")) % SLOTS
