"""The SQL that sums what is imported, and the metrics that it makes together with the site's own counts."""

from dataclasses import replace
from fractions import Fraction

from common.imports.imported import MEASURES
from common.postgres.sql import fill
from functions.stats.estimator.columns import Counts
from functions.stats.estimator.expressions import Parameters, write_filter
from functions.stats.estimator.fragments import texts
from functions.stats.estimator.imported_share import RATES, ImportedShare
from functions.stats.estimator.metrics import Row, scale_rate
from functions.stats.query.model import Query
from functions.stats.query.names import COUNTS

_COLUMNS = (*MEASURES, *(f"{rate}_{of}" for rate in RATES for of in ("of", "by")))


def write_imported(query: Query, share: ImportedShare, parameters: Parameters) -> str:
    """The table `imported`: by the value, the bucket or neither, every measure and what rates divide."""
    parameters["imported"] = share.dimension
    parameters["imported_first"] = share.first.isoformat()
    parameters["imported_after"] = share.after.isoformat()
    group = "value" if query.kind == "breakdown" else "cast('' as text)"
    if query.kind == "timeseries":
        group = "width_bucket(date, cast(:bound_days as date[]))"
    passing = "" if query.filters is None else "and " + write_filter(query.filters, "rollup", parameters)
    return fill(texts.SUM_IMPORTED, group=group, restriction=passing)


def list_imported() -> dict[str, str]:
    """By name: where a column of the answer comes from."""
    return {f"imported_{name}": f"imported.{name}" for name in _COLUMNS}


def weigh_count(metric: str, own: str, share: ImportedShare) -> str:
    """By what rows are ordered: the SQL of the own count, with what is imported."""
    added = f" + coalesce(imported_{metric}, 0)" if metric in share.metrics else ""
    return f"(coalesce({own}, 0){added})"


def weigh_rate(metric: str, share: ImportedShare) -> tuple[str, str]:
    """What a rate divides, in hundredths, and by what: as SQL."""
    of, by = RATES[metric]
    scale = 100 * scale_rate(metric)
    own_of, own_by = f"coalesce({of}, 0)", f"coalesce({by}, 0)"
    if metric in share.metrics:
        own_of += f" + coalesce(imported_{metric}_of, 0)"
        own_by += f" + coalesce(imported_{metric}_by, 0)"
    return f"{scale.numerator} * ({own_of})", f"({scale.denominator} * ({own_by}))"


def add_imported(row: Row, counts: Counts, share: ImportedShare) -> Row:
    """A row of the answer with what is imported. The bounds of its errors stay: nothing imported is estimated."""
    metrics = dict(row.metrics)
    for name in share.metrics:
        if name in COUNTS:
            metrics[name] += counts.count(f"imported_{name}")
            continue
        of, by = (counts.count(part) for part in RATES[name])
        of, by = of + counts.count(f"imported_{name}_of"), by + counts.count(f"imported_{name}_by")
        metrics[name] = float(round(scale_rate(name) * Fraction(of, by), 2)) if by else None
    return replace(row, metrics=metrics)
