"""The slots that a database must not write: each group's own list, which nobody's old map can mislead."""

from collections.abc import Iterable

from common.errors import Unavailable
from common.groups.slots import find_slot


class SlotAbsent(Unavailable):
    """The site's slot is not in this database, or not any more: it may be found in another, or is being moved."""


def find_absent(site_ids: Iterable[str], absent: frozenset[int]) -> set[str]:
    """Those of the sites whose slot is absent."""
    return {site_id for site_id in site_ids if find_slot(site_id) in absent} if absent else set()
