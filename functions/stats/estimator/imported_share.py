"""What imports of totals add to a query: which days, to which of its metrics, and why not to others. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from common.imports.imported import Imported, Part
from functions.stats.estimator.days import is_by_days, touched_days
from functions.stats.estimator.rollups import find_rollup, has_one_value, is_of_events, passes_absent
from functions.stats.query.model import Query, Site
from functions.stats.query.names import COUNTS
from functions.stats.query.zones import local_day

RATES = {
    "bounce_rate": ("bounces", "visits"),
    "visit_duration": ("duration_ms", "visits"),
    "views_per_visit": ("page_views", "visits"),
}
"""What is divided by what."""
_NEEDS = {name: (name,) for name in COUNTS} | RATES

PARTS_OF_DAYS = "the range and its buckets are not of whole days of the site, and no import has anything finer"
SEVERAL_DIMENSIONS = "an import has each dimension by itself, and this is about several, or about whole visits"
ABSENT = "an import does not tell what has no value"
UNKNOWN = "no import of these days has it"
SAMPLED = "the site's own figure is an estimate here"
SEVERAL_VALUES = "what has several of these values would count several times"


@dataclass(frozen=True)
class ImportedShare:
    """The imported days that a query is about, from `first` to before `after`, and what of it they answer."""

    first: date
    after: date
    titles: tuple[str, ...]
    dimension: str = ""
    metrics: tuple[str, ...] = ()
    left_out: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Why something is without them, and which metrics that are."""

    def refuse(self, why: str, metrics: Sequence[str]) -> "ImportedShare":
        """The share, with nothing of any metric."""
        return replace(self, metrics=(), left_out=((why, tuple(metrics)),))

    def without(self, why: str, metrics: Iterable[str]) -> "ImportedShare":
        """The share, less those of these metrics that it has."""
        gone = tuple(name for name in self.metrics if name in set(metrics))
        if not gone:
            return self
        kept = tuple(name for name in self.metrics if name not in gone)
        return replace(self, metrics=kept, left_out=(*self.left_out, (why, gone)))

    def without_rates(self) -> "ImportedShare":
        """The share for an answer from a sample: the sums that its rates divide are not known."""
        return self.without(SAMPLED, RATES)


def find_share(query: Query, site: Site) -> ImportedShare | None:
    """What imports have of the days that a query is about; None: nothing of these days.

    Imported days count up to the day before the site's own first event.
    """
    days = touched_days(query, site.zone)
    first, after = days.first, days.after
    if site.first_at is not None:
        after = min(after, local_day(site.first_at, site.zone))
    touched = [_list_parts(one, first, after) for one in site.imports]
    if not any(touched):
        return None
    share = _span(site.imports, touched, first, after)
    if not is_by_days(query, site.zone):
        return share.refuse(PARTS_OF_DAYS, query.metrics)
    dimension = find_rollup(query)
    if dimension is None:
        return share.refuse(SEVERAL_DIMENSIONS, query.metrics)
    having = [{name: part for name, part in parts.items() if name == dimension} for parts in touched]
    if not any(having):
        what = f"the dimension {dimension}" if dimension else "figures of the whole site"
        return share.refuse(f"no import of these days has {what}", query.metrics)
    if query.kind != "breakdown" and query.filters is not None and passes_absent(query.filters):
        return share.refuse(ABSENT, query.metrics)
    share = replace(
        _span(site.imports, having, first, after), dimension=dimension, metrics=tuple(dict.fromkeys(query.metrics))
    )
    return _leave_out(share, query, having, site.imports)


def _leave_out(
    share: ImportedShare, query: Query, having: Sequence[dict[str, Part]], imports: Sequence[Imported]
) -> ImportedShare:
    """The share without what is not known, and with a word on the imports that don't have all of the rest."""
    parts = [part for one in having for part in one.values()]
    known = {measure for part in parts for measure in part.measures}
    share = share.without(UNKNOWN, _list_lacking(query.metrics, known))
    if not has_one_value(query):
        several = set(query.metrics) - {"page_views", "events"} if is_of_events(query) else {"visitors"}
        share = share.without(SEVERAL_VALUES, several)
    for one, found in zip(imports, having, strict=True):
        for part in found.values():
            if lacking := _list_lacking(share.metrics, set(part.measures)):
                why = f"{one.title}, {part.first} to {part.last}, does not have it"
                share = replace(share, left_out=(*share.left_out, (why, tuple(lacking))))
    return share


def _list_lacking(metrics: Iterable[str], known: set[str]) -> list[str]:
    return [name for name in metrics if name not in _NEEDS or not known.issuperset(_NEEDS[name])]


def _list_parts(one: Imported, first: date, after: date) -> dict[str, Part]:
    """By dimension: what an import has of these days."""
    is_any = first < after
    return {name: part for name, part in one.parts.items() if is_any and part.first < after and part.last >= first}


def _span(imports: Sequence[Imported], touched: Sequence[dict[str, Part]], first: date, after: date) -> ImportedShare:
    parts = [part for one in touched for part in one.values()]
    titles = dict.fromkeys(one.title for one, found in zip(imports, touched, strict=True) if found)
    begin = max(first, min(part.first for part in parts))
    end = min(after, max(part.last for part in parts) + timedelta(days=1))
    return ImportedShare(begin, end, tuple(titles))
