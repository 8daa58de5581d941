"""The slots of sites: what is moved from one group to another, and what a map is kept of."""

import zlib

from common.placement import STRIPES

SLOTS = 256
HOME = "home"
"""The group that DATABASE_URL names. A slot that the map does not name is there."""


def find_slot(site_id: str) -> int:
    """The slot of a site: always the same one.

    Ingest puts sites of one of eight stripes into an entry (common.placement). Each has a range of 32 slots: where
    such ranges are moved whole, an entry is of one database, and is not taken apart.
    """
    number = zlib.crc32(site_id.encode(errors="replace")) >> 16
    together = SLOTS // STRIPES
    return number % STRIPES * together + number // STRIPES % together
