"""Reads the ways that visits take."""

from dataclasses import replace

from common.event import PAGE_VIEW
from common.filters.conditions import Filter
from common.postgres.sql import fill
from functions.stats.estimator.days import HALF_HOUR
from functions.stats.estimator.expressions import Parameters
from functions.stats.estimator.fragments import texts as shared
from functions.stats.estimator.statements import Statement
from functions.stats.histories.rows import (
    Sample,
    asks_of_visits,
    make_parameters,
    write_passes,
    write_sample,
    write_visits,
)
from functions.stats.journeys.fragments import texts
from functions.stats.journeys.grammar import AskedJourneys
from functions.stats.query.model import Query

PAGE, EVENT = "p", "e"
"""How the text of a place begins."""
_COLUMNS = ("nodes", "visitors", "y", "yy", "xy", "x", "z", "xx", "zz", "xz", "total")


def write_statement(query: Query, asked: AskedJourneys, sample: Sample, shown: Filter | None = None) -> Statement:
    """The statement that counts the ways; its columns are explained there. `shown`: what the caller may count at all.

    The query's filters have to imply it.
    """
    span = replace(query.span, start=query.span.start - HALF_HOUR)
    parameters = make_parameters(query.site_id, span, sample)
    parameters |= {"first": query.span.start.isoformat(), "depth": asked.depth, "most": query.limit}
    filters = [query.filters, asked.start, asked.end, shown]
    of_visits = asks_of_visits(filters)
    visits = write_visits(filters, sample, parameters) if of_visits else []
    text = fill(
        texts.COUNT_JOURNEYS,
        visits="".join(f"{table}, " for table in visits),
        visit_joined=shared.JOIN_ACTIVE if of_visits else "",
        node=_write_node(asked.prefixes, parameters),
        is_node=f"event.event_type = '{PAGE_VIEW}'" if asked.nodes == "pages" else "true",
        passes=write_passes(query.filters, parameters),
        anchors=write_passes(asked.start or asked.end, parameters),
        shown=write_passes(shown, parameters),
        direction="desc" if asked.end is not None else "asc",
        **write_sample(sample),
    )
    return Statement(text, parameters, _COLUMNS, reads_rows=True)


def _write_node(prefixes: tuple[str, ...], parameters: Parameters) -> str:
    """The place of an event: its page, or what it is."""
    cases = []
    for number, prefix in enumerate(prefixes):
        parameters[f"prefix{number}"] = prefix
        written = f"cast(:prefix{number} as text)"
        cases.append(f"when starts_with(event.path, {written}) then {written} || '*'")
    page = f"case {' '.join(cases)} else event.path end" if cases else "event.path"
    return (
        f"(case when event.event_type = '{PAGE_VIEW}' then '{PAGE}' || ({page})"
        f" else '{EVENT}' || event.event_type end) collate \"C\""
    )
