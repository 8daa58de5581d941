"""How far pages were seen, where a tracker says it of a view anew each time. Rows should come in the order of time."""

from collections import OrderedDict

Page = tuple[str, ...]
"""Whose view of which page it is."""
_REMEMBERED = 100_000


class Depths:
    """How far the latest views were seen; of the last 100,000 pages."""

    def __init__(self) -> None:
        self._known: OrderedDict[Page, int] = OrderedDict()

    def forget(self, page: Page) -> None:
        """The page is viewed anew."""
        self._known.pop(page, None)

    def report(self, page: Page, depth: int | None) -> tuple[int, int | None]:
        """Note a report in percent, None if it says nothing of that; returns how far the page is seen, and what the
        report before said, None if there was none.
        """
        before = self._known.pop(page, None)
        seen = min(max(before or 0, depth or 0), 100)
        self._known[page] = seen
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return seen, before
