"""The exports of totals that can be imported."""

from infra.importer.totals import goatcounter, plausible
from infra.importer.totals.kind import Totals

TOTALS: tuple[Totals, ...] = (
    Totals("plausible-csv", "Plausible, CSV export of totals", plausible.is_own, plausible.read),
    Totals("goatcounter-json", "GoatCounter, JSON export of totals", goatcounter.is_own, goatcounter.read),
)
TOTALS_NAMES = tuple(sorted(known.name for known in TOTALS))
