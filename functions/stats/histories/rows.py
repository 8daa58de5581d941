"""Which events of a range are read: all of them, or those of a sample of visitors, with their visits where asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from common.filters import words
from common.filters.conditions import Filter, list_conditions
from common.postgres.sql import fill
from functions.stats.estimator.budgets import MOST_SAMPLED, POPULATION, Budget, Rows
from functions.stats.estimator.expressions import Parameters, visit_column, write_filter
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
        "half_hour": min(span.end, span.start + timedelta(minutes=30)).isoformat(),
        "sample_below": sample.below,
    }


def list_visit_dimensions(filters: Sequence[Filter | None], dimension: str = "") -> list[str]:
    """Those that an event has of its visit. Raises ValueError for what is no dimension.

    It would be read as a property, and the figures would be wrong.
    """
    named = (dimension, *(condition.dimension for one in filters for condition in list_conditions(one)))
    if unknown := [name for name in named if name and not words.is_dimension(name)]:
        raise ValueError(f"no dimension: {unknown[0]}")
    return [name for name in dict.fromkeys(named) if words.is_visit_dimension(name)]


def write_active(dimensions: Sequence[str], sample: Sample) -> str:
    """The table `active`: the visits that touch the range, with these dimensions."""
    columns = ["visit.visitor", "visit.start", 'visit."end"', *map(visit_column, dimensions)]
    return fill(texts.ACTIVE_VISITS, visit_columns=", ".join(columns), **write_sample(sample))


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
