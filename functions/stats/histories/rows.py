"""Which events of a range are read: all of them, or those of a sample of visitors, with their visits where asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from common.filters import words
from common.filters.conditions import Filter, OfVisit, list_all_conditions, list_of_visit
from common.postgres.sql import fill
from functions.stats.estimator.budgets import MOST_SAMPLED, POPULATION, Budget, Rows
from functions.stats.estimator.expressions import Parameters, name_reaching, visit_column, write_filter
from functions.stats.estimator.fragments import texts
from functions.stats.query.periods import Span


@dataclass(frozen=True)
class Sample:
    """The visitors whose sample number is below this are read; None: all."""

    below: int | None = None

    @property
    def rate(self) -> float:
        """Which share of the visitors is read."""
        return (POPULATION if self.below is None else self.below) / POPULATION


def choose_sample(rows: int, kind: Rows, budget: Budget) -> Sample:
    """Everybody where so many rows are within the budget."""
    if rows <= budget.most:
        return Sample()
    return Sample(max(1, min(MOST_SAMPLED[kind], POPULATION * budget.sampled // rows)))


def make_parameters(site_id: str, span: Span, sample: Sample) -> Parameters:
    """What the statements of this range have in common."""
    return {
        "site_id": site_id,
        "start": span.start.isoformat(),
        "after": span.end.isoformat(),
        "read_start": span.start.isoformat(),
        "read_after": span.end.isoformat(),
        "half_hour": min(span.end, span.start + timedelta(minutes=30)).isoformat(),
        "sample_below": sample.below,
    }


def asks_of_visits(filters: Sequence[Filter | None], dimension: str = "") -> bool:
    """Whether an event's visit is needed to tell whether it passes, or what its dimension is."""
    return bool(_list_visit_dimensions(filters, dimension)) or any(any(list_of_visit(one)) for one in filters)


def write_visits(
    filters: Sequence[Filter | None], sample: Sample, parameters: Parameters, dimension: str = ""
) -> list[str]:
    """The table `active`, the visits that touch the range; then those of them that conditions on whole visits name."""
    dimensions = _list_visit_dimensions(filters, dimension)
    columns = ["visit.visitor", "visit.start", 'visit."end"', *map(visit_column, dimensions)]
    named = dict.fromkeys(one.filter for filter_ in filters for one in list_of_visit(filter_))
    reaching = (
        fill(
            texts.FIND_REACHING,
            name=name_reaching(OfVisit(one, has=True)),
            passes=write_filter(one, "events", parameters),
        )
        for one in named
    )
    slots = {"visit_columns": ", ".join(columns), **write_sample(sample)}
    return [fill(text, **slots) for text in (texts.ACTIVE_VISITS, *reaching)]


def _list_visit_dimensions(filters: Sequence[Filter | None], dimension: str) -> list[str]:
    """Raises ValueError for what is no dimension: it would be read as a property, and the figures would be wrong."""
    named = (dimension, *(condition.dimension for one in filters for condition in list_all_conditions(one)))
    if unknown := [name for name in named if name and not words.is_dimension(name)]:
        raise ValueError(f"no dimension: {unknown[0]}")
    return [name for name in dict.fromkeys(named) if words.is_visit_dimension(name)]


def write_sample(sample: Sample) -> dict[str, str]:
    """The slots that hold rows to the sample."""
    is_all = sample.below is None
    return {
        "visits_sampled": "" if is_all else "and visit.sample < cast(:sample_below as int)",
        "events_sampled": "" if is_all else "and event.sample < cast(:sample_below as int)",
    }


def write_passes(filter_: Filter | None, parameters: Parameters) -> str:
    """Whether an event passes: never null."""
    return "true" if filter_ is None else f"(({write_filter(filter_, 'events', parameters)}) is true)"
