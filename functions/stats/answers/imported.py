"""Says what of an answer was imported as totals of days, and what was not."""

from datetime import timedelta
from typing import Any

from functions.stats.estimator.imported_share import ImportedShare

_ONE_DAY = timedelta(days=1)
VISITORS_NOTE = "Of imported days the visitors of each are known: over several days, each counts them anew."


def describe_imported(share: ImportedShare) -> dict[str, Any]:
    """`meta.imported`: the days, whose they are, the metrics that have them in, and why others have not."""
    last = share.after - _ONE_DAY
    described: dict[str, Any] = {
        "from": share.first.isoformat(),
        "to": last.isoformat(),
        "sources": list(share.titles),
        "metrics": list(share.metrics),
        "left_out": [{"metrics": list(metrics), "why": why} for why, metrics in share.left_out],
    }
    if "visitors" in share.metrics and share.first < last:
        described["visitors_note"] = VISITORS_NOTE
    return described
