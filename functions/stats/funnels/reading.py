"""Reads of each visitor the events that matter to a funnel."""

import json
from collections.abc import Iterator
from typing import Any

from common.funnels.definition import Definition
from common.postgres.sql import fill
from functions.stats.estimator.expressions import write_column
from functions.stats.estimator.fragments import texts as shared
from functions.stats.estimator.statements import Statement
from functions.stats.funnels.fragments import texts
from functions.stats.funnels.matching import History
from functions.stats.histories.rows import (
    Sample,
    asks_of_visits,
    make_parameters,
    write_passes,
    write_sample,
    write_visits,
)
from functions.stats.query.model import Query

_IN_ORDER = "cast(json_agg(value order by at, event_id) as text)"


def write_statement(query: Query, definition: Definition, sample: Sample) -> Statement:
    """The statement that `read_histories` reads."""
    parameters = make_parameters(query.site_id, query.span, sample)
    conditions = [*definition.steps, *([definition.exclude] if definition.exclude else [])]
    parameters["needed"] = (1 << len(definition.steps)) - 1 if definition.mode == "any" else 1
    filters = [query.filters, *conditions]
    of_visits = asks_of_visits(filters, query.dimension)
    visits = write_visits(filters, sample, parameters, query.dimension) if of_visits else []
    text = fill(
        texts.READ_HISTORIES,
        visits="".join(f"{table}, " for table in visits),
        visit_joined=shared.JOIN_ACTIVE if of_visits else "",
        passes=write_passes(query.filters, parameters),
        steps=" + ".join(
            f"case when {write_passes(one, parameters)} then {1 << number} else 0 end"
            for number, one in enumerate(conditions)
        ),
        value=write_column(query.dimension, "events", parameters) if query.dimension else "null",
        values=_IN_ORDER if query.dimension else "null",
        relevant="" if definition.mode == "strict" else "and steps <> 0",
        # of whom nothing is known but a day, no window of several days can be told
        identified="and event.visitor >= 'u' and event.visitor < 'v'" if definition.window else "",
        **write_sample(sample),
    )
    return Statement(text, parameters, ("events", "values"), reads_rows=True)


def read_histories(rows: list[dict[str, Any]]) -> Iterator[tuple[History, list[Any]]]:
    """Each visitor's events, and the value of the dimension that each event has (none where no dimension is asked)."""
    for row in rows:
        events = [one.split(" ") for one in row["events"].split(",")]
        history = History(
            [int(at) for at, _, _ in events],
            [int(visit) for _, visit, _ in events],
            [int(steps) for _, _, steps in events],
        )
        yield history, json.loads(row["values"]) if row["values"] else []
