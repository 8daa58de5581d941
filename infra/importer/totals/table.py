"""The exports of totals that can be imported."""

from infra.importer.totals import plausible
from infra.importer.totals.kind import Totals

TOTALS: tuple[Totals, ...] = (
    Totals("plausible-csv", "Plausible, CSV export of totals", plausible.is_own, plausible.read),
)
TOTALS_NAMES = tuple(sorted(known.name for known in TOTALS))
