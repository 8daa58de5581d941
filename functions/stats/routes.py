"""GET /v1/stats/…: passes queries to the estimator, and sends its answers as JSON or CSV."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.filters import words
from common.filters.conditions import MAX_CONDITIONS, MAX_DEPTH, MAX_PATTERN_BYTES
from common.http import messages
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate, forbid_filtered
from functions.stats.access.share import Share
from functions.stats.answers.documents import (
    describe_query,
    describe_state,
    make_document,
    make_etag,
    matches,
    write_csv,
)
from functions.stats.answers.filtered import make_filtered
from functions.stats.answers.realtime import list_queries, make_realtime
from functions.stats.answers.responses import respond, respond_document, wants_csv
from functions.stats.estimator.answer import answer
from functions.stats.estimator.budgets import DEFAULT, Budgets
from functions.stats.estimator.imported_share import find_share
from functions.stats.estimator.metrics import Answered
from functions.stats.estimator.reader import FiguresReader
from functions.stats.query import names
from functions.stats.query.definitions import Definitions
from functions.stats.query.faults import Faults
from functions.stats.query.filters import describe_filters
from functions.stats.query.grammar import MAX_LIMIT, parse_query, parse_range, resolve, resolve_span
from functions.stats.query.model import Kind, Query

Clock = Callable[[], datetime]


def read_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


def build_routes(
    reader: FiguresReader,
    gate: Gate,
    clock: Clock = read_clock,
    budgets: Budgets = DEFAULT,
    share: Share | None = None,
) -> list[Route]:
    """The routes of /v1/stats; `share`: what the dear ones may have, None: whatever they take."""
    answers = Answers(reader, clock, budgets)

    def build(name: str, answer: Callable[[Request, Caller], Response], share: Share | None = None) -> Route:
        return gate.read(f"/v1/stats/{name}", "stats", answer, share)

    return [
        build("summary", lambda request, caller: answers.answer("summary", request, caller), share),
        build("timeseries", lambda request, caller: answers.answer("timeseries", request, caller), share),
        build("breakdown", lambda request, caller: answers.answer("breakdown", request, caller), share),
        build("realtime", answers.answer_realtime, share),
        build("dimensions", answers.answer_dimensions),
        build("filtered", answers.answer_filtered),
    ]


class Answers:
    """Answers the requests of one function instance."""

    def __init__(self, reader: FiguresReader, clock: Clock, budgets: Budgets) -> None:
        self._reader = reader
        self._clock = clock
        self._budgets = budgets

    def answer(self, kind: Kind, request: Request, caller: Caller) -> Response:
        """A summary, a time series or a breakdown."""
        asked = parse_query(kind, request.query_params)
        as_csv = wants_csv(asked.format, request)
        with self._reader.snapshot() as snapshot:
            site = snapshot.read_site(asked.site_id)
            if caller.is_outsider:
                site = site.without_titles()
            query = Definitions(asked.site_id, snapshot, caller.filters).hold(resolve(asked, site, self._clock()))
            etag = make_etag(site, kind, describe_query(query), describe_filters(query.filters), as_csv)
            if matches(request.headers.get("if-none-match"), etag):
                return respond(304, etag)
            answered = answer(query, site.zone, snapshot, self._budgets, find_share(query, site))
            earlier = _make_compared(query, answered)
            compared = None
            if earlier is not None:
                compared = answer(earlier, site.zone, snapshot, self._budgets, find_share(earlier, site))
        document = make_document(query, site, answered, compared)
        return respond_document(etag, document, (lambda one: write_csv(one, query)) if as_csv else None)

    def answer_realtime(self, request: Request, caller: Caller) -> Response:
        """What happens now."""
        faults = Faults(request.query_params, "realtime")
        site_id, zone = faults.site(), faults.zone()
        faults.check()
        minute = self._clock().replace(second=0, microsecond=0) + timedelta(minutes=1)
        with self._reader.snapshot() as snapshot:
            site = snapshot.read_site(site_id)
            filters = Definitions(site_id, snapshot, caller.filters).forced
            etag = make_etag(
                site, "realtime", site_id, (zone or site.zone).key, minute.isoformat(), describe_filters(filters)
            )
            if matches(request.headers.get("if-none-match"), etag):
                return respond(304, etag)
            queries = list_queries(site_id, zone or site.zone, minute)
            queries = [replace(query, filters=filters) for query in queries]
            answered = [answer(query, site.zone, snapshot, self._budgets) for query in queries]
        document = make_realtime(site, queries, answered)
        return respond(200, etag, messages.encode(document), is_exact=document["meta"]["exact"])

    def answer_dimensions(self, request: Request, caller: Caller) -> Response:
        """What may be asked of a site."""
        faults = Faults(request.query_params, "dimensions")
        site_id = faults.site()
        faults.check()
        with self._reader.snapshot() as snapshot:
            site = snapshot.read_site(site_id)
            goals = [goal.name for goal in snapshot.read_goals(site_id)]
            segments = [segment.name for segment in snapshot.read_segments(site_id)]
            named = describe_named({"goal": goals, "segment": segments})
            etag = make_etag(site, "dimensions", site_id, caller.filters is not None, named)
            if matches(request.headers.get("if-none-match"), etag):
                return respond(304, etag)
            # which of them the events have that pass a link's filters, nobody knows without reading these
            properties = [] if caller.filters is not None else snapshot.list_properties(site_id)
        data = describe_grammar() | {"properties": properties, "named": named}
        meta = {"site_id": site_id, "timezone": site.zone.key} | describe_state(site)
        return respond(200, etag, messages.encode({"data": data, "meta": meta}))

    def answer_filtered(self, request: Request, caller: Caller) -> Response:
        """What was set aside, and why. It has no tag: the version of a site's figures does not tell of it."""
        forbid_filtered(caller)
        asked = parse_range("filtered", request.query_params)
        with self._reader.snapshot() as snapshot:
            site = snapshot.read_site(asked.site_id)
            span = resolve_span(asked, site, self._clock())
            counts = snapshot.count_filtered(asked.site_id, span)
            crawlers = snapshot.count_crawlers(asked.site_id, span)
        return messages.answer(make_filtered(asked.site_id, span, asked.zone or site.zone, counts, crawlers))


def describe_grammar() -> dict[str, Any]:
    """Everything that a query may name."""
    return {
        "dimensions": list(words.DIMENSIONS),
        "metrics": list(names.METRICS),
        "operators": list(words.OPERATORS),
        "periods": list(names.PERIODS),
        "intervals": list(names.INTERVALS),
        "comparisons": list(names.COMPARISONS),
        "formats": list(names.FORMATS),
        "limits": {
            "conditions": MAX_CONDITIONS,
            "depth": MAX_DEPTH,
            "pattern_bytes": MAX_PATTERN_BYTES,
            "rows": MAX_LIMIT,
        },
    }


def describe_named(kept: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What the site keeps by name, and what a condition may say of it."""
    return {kind: {"operators": list(words.NAMED[kind]), "names": list(names_)} for kind, names_ in kept.items()}


def _make_compared(query: Query, answered: Answered) -> Query | None:
    """The query about the range to compare with: of a breakdown, about the values that were answered."""
    if query.compared is None:
        return None
    only = tuple(row.value for row in answered.rows) if query.kind == "breakdown" else None
    return replace(query, span=query.compared, buckets=query.compared_buckets, only=only, offset=0)
