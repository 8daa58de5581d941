"""Files that are known, and that no events can be made of here: totals, and packages of another kind. Pure."""

from infra.importer.histories.records import find_names

_PACKAGES = {
    b"PK\x03\x04": "a zip file: unpack it first, and import what is in it",
    b"PAR1": "a Parquet file: write it as JSON lines or CSV first",
    b"Obj\x01": "an Avro file: write it as JSON lines first",
    b"SQLite format 3\0": "an SQLite database: write its table of events as CSV or JSON lines first",
}
_TOTALS = "{} has totals, of which no event is made: import it by itself, as files, and not with --follow"
_TOTALS_BY_NAMES = (
    ("Plausible's CSV export", {"date", "visitors", "visit_duration"}),
    ("Plausible's CSV export", {"date", "visitors", "events", "link_url"}),
    ("Plausible's CSV export", {"date", "page", "visitors", "pageviews"}),
    ("GoatCounter's JSON export", {"hour", "path_id", "count"}),
    ("GoatCounter's JSON export", {"day", "path_id", "count"}),
    ("a report of Google Analytics", {"rows", "dimensionHeaders", "metricHeaders"}),
)


def find_unfitness(head: bytes) -> str:
    """Why a file that begins so can't be imported; empty if nothing speaks against it."""
    for magic, why in _PACKAGES.items():
        if head.startswith(magic):
            return f"it is {why}"
    if head.lstrip().startswith(b"# ---------"):
        return _TOTALS.format("a report of Google Analytics")
    names = find_names(head)
    return next((_TOTALS.format(what) for what, needed in _TOTALS_BY_NAMES if needed <= names), "")
