"""/v1/stats/journeys: the ways that visits take."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from math import inf

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.filters.conditions import Filter, sum_patterns
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.access.share import Share
from functions.stats.answers.documents import describe_query, describe_state, make_etag, matches
from functions.stats.answers.responses import respond, respond_document, wants_csv
from functions.stats.answers.tables import write_journeys
from functions.stats.estimator.answer import answer as answer_query
from functions.stats.estimator.answer import measure_range
from functions.stats.estimator.budgets import DEFAULT, Budgets
from functions.stats.estimator.reader import FiguresReader, Snapshot
from functions.stats.histories.estimates import Figures
from functions.stats.histories.rows import choose_sample
from functions.stats.journeys.figures import make_figures
from functions.stats.journeys.grammar import AskedJourneys, parse_journeys
from functions.stats.journeys.reading import write_statement
from functions.stats.query.definitions import Definitions
from functions.stats.query.filters import describe_filters
from functions.stats.query.grammar import resolve
from functions.stats.query.model import Query, Site


def build_journeys_route(
    reader: FiguresReader,
    gate: Gate,
    clock: Callable[[], datetime],
    budgets: Budgets = DEFAULT,
    share: Share | None = None,
) -> Route:
    """The route; `share`: what the dear ones may have, None: whatever they take."""

    def answer(request: Request, caller: Caller) -> Response:
        parsed = parse_journeys(request.query_params)
        site_id, as_csv = parsed.asked.site_id, wants_csv(parsed.asked.format, request)
        with reader.snapshot() as snapshot:
            site = snapshot.read_site(site_id)
            definitions = Definitions(site_id, snapshot, caller.filters)
            query = definitions.hold(resolve(parsed.asked, site, clock()))
            meta = _describe(query, parsed)
            _, start, end = definitions.expand_all(query.filters, parsed.start, parsed.end)
            parsed = replace(parsed, start=start, end=end)
            etag = make_etag(site, "journeys", as_csv, meta, *map(describe_filters, (query.filters, start, end)))
            if matches(request.headers.get("if-none-match"), etag):
                return respond(304, etag)
            data, is_exact = _count(query, parsed, definitions.forced, site, snapshot, budgets)
        document = {"data": data, "meta": meta | {"exact": is_exact} | describe_state(site)}
        return respond_document(etag, document, write_journeys if as_csv else None)

    return gate.read("/v1/stats/journeys", "stats", answer, share)


def _count(
    query: Query, parsed: AskedJourneys, shown: Filter | None, site: Site, snapshot: Snapshot, budgets: Budgets
) -> tuple[Figures, bool]:
    """`shown`: what the caller may count at all. No figure and no bound tells of anything else."""
    patterns = sum(map(sum_patterns, (query.filters, parsed.start, parsed.end)))
    budget = budgets.share(patterns + sum(len(prefix.encode()) for prefix in parsed.prefixes)).other
    sample = choose_sample(measure_range(query, site.zone, snapshot).events, "events", budget)
    visits: float = 0
    if sample.below is not None:
        visits = _count_visits(replace(query, filters=shown), site, snapshot, budgets)
    rows = snapshot.read(write_statement(query, parsed, sample, shown))
    return make_figures(rows, parsed.depth, parsed.end is not None, visits, sample.rate), sample.below is None


def _count_visits(query: Query, site: Site, snapshot: Snapshot, budgets: Budgets) -> float:
    """All that start in the range; infinitely many where only an estimate could tell."""
    answered = answer_query(replace(query, metrics=("visits",)), site.zone, snapshot, budgets)
    return inf if "visits" in answered.estimated else float(answered.rows[0].metrics["visits"])


def _describe(query: Query, parsed: AskedJourneys) -> Figures:
    """What was understood: the part of `meta` that depends on the query alone."""
    meta = describe_query(query)
    del meta["metrics"]
    return meta | {
        "start": describe_filters(parsed.start),
        "end": describe_filters(parsed.end),
        "depth": parsed.depth,
        "nodes": parsed.nodes,
        "prefixes": list(parsed.prefixes),
        "limit": query.limit,
    }
