"""What happens to who writes a site where it is not: each group's own list of slots tells, whatever a map says."""

from common.errors import Unavailable


class SlotAbsent(Unavailable):
    """The site's slot is not in this database, or not any more: it is in another, or being moved."""

    def __init__(self) -> None:
        super().__init__("The site is being moved to another database, or was: try again in a moment.")
