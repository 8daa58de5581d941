"""The exports of totals that can be imported."""

from infra.importer.totals import ga4, goatcounter, plausible
from infra.importer.totals.kind import Totals

TOTALS: tuple[Totals, ...] = (
    Totals("plausible-csv", "Plausible, CSV export of totals", plausible.is_own, plausible.read),
    Totals("goatcounter-json", "GoatCounter, JSON export of totals", goatcounter.is_own, goatcounter.read),
    Totals("ga4-report", "Google Analytics 4, reports of totals", ga4.is_own, ga4.read),
)
TOTALS_NAMES = tuple(sorted(known.name for known in TOTALS))
