"""/v1/sites/{site_id}/funnels, where funnels are kept, and /v1/stats/funnel, where one is counted."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.errors import Fault, InvalidInput
from common.filters.conditions import sum_patterns
from common.funnels.definition import VISIT, Definition
from common.funnels.funnel import Funnel
from common.funnels.funnels import Funnels
from common.http import messages
from common.postgres.database import Database
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.access.share import Share
from functions.stats.answers.documents import describe_query, describe_state, make_etag, matches
from functions.stats.answers.responses import respond, respond_document, wants_csv
from functions.stats.answers.tables import write_funnel
from functions.stats.estimator.answer import measure_range
from functions.stats.estimator.budgets import DEFAULT, Budgets
from functions.stats.estimator.reader import FiguresReader, Snapshot
from functions.stats.funnels.figures import make_figures
from functions.stats.funnels.grammar import AskedFunnel, parse_funnel
from functions.stats.funnels.reading import read_histories, write_statement
from functions.stats.histories.estimates import Figures
from functions.stats.histories.rows import choose_sample
from functions.stats.manage.fields import read_fields
from functions.stats.manage.sites import find_members_site, find_site_id, forbid_outsiders
from functions.stats.query.definitions import Definitions
from functions.stats.query.filters import describe_filters
from functions.stats.query.grammar import resolve
from functions.stats.query.model import Query, Site

_SHAPES = {"steps": "list", "mode": "text", "within": "text", "exclude": "list"}


def build_funnel_routes(
    database: Database,
    reader: FiguresReader,
    gate: Gate,
    clock: Callable[[], datetime],
    budgets: Budgets = DEFAULT,
    share: Share | None = None,
) -> list[Route]:
    """The routes; `share`: what the dear ones may have, None: whatever they take."""
    routes = FunnelRoutes(Funnels(database), reader, clock, budgets)
    return [
        gate.read("/v1/sites/{site_id}/funnels", "stats", routes.list),
        gate.change("/v1/sites/{site_id}/funnels/{name}", "goals", "PUT", routes.put),
        gate.change("/v1/sites/{site_id}/funnels/{name}", "goals", "DELETE", routes.delete),
        gate.read("/v1/stats/funnel", "stats", routes.answer, share),
    ]


class FunnelRoutes:
    """Answers the requests of one function instance."""

    def __init__(
        self, funnels: Funnels, reader: FiguresReader, clock: Callable[[], datetime], budgets: Budgets
    ) -> None:
        self._funnels = funnels
        self._reader = reader
        self._clock = clock
        self._budgets = budgets

    def list(self, request: Request, caller: Caller) -> Response:
        """What the steps of each funnel of the site are, without figures."""
        funnels = self._funnels.list(find_members_site(request, caller))
        return messages.answer({"data": [funnel.as_dict() for funnel in funnels]})

    def put(self, request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The funnel as it is now."""
        site_id = find_site_id(request, caller, "goals")
        given = read_fields(content, _SHAPES, required=("steps",))
        lists = {name: json.dumps(given.pop(name, [])) for name in ("steps", "exclude")}
        funnel = self._funnels.put(caller.name, site_id, Funnel(request.path_params["name"], **lists, **given))
        return messages.answer({"data": funnel.as_dict()})

    def delete(self, request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """It is forgotten; no event is."""
        name = request.path_params["name"]
        self._funnels.delete(caller.name, find_site_id(request, caller, "goals"), name)
        return messages.answer({"data": {"name": name}})

    def answer(self, request: Request, caller: Caller) -> Response:
        """How many visitors reached each step."""
        parsed = parse_funnel(request.query_params)
        definition = parsed.definition or self._find(parsed, caller)
        asked = parsed.asked
        as_csv = wants_csv(asked.format, request)
        with self._reader.snapshot() as snapshot:
            site = snapshot.read_site(asked.site_id)
            definitions = Definitions(asked.site_id, snapshot, caller.filters)
            query = definitions.hold(resolve(asked, site, self._clock()))
            meta = _describe(query, definition)
            expanded = definitions.expand_all(query.filters, definition.exclude, *definition.steps)
            definition = replace(
                definition, exclude=expanded[1], steps=tuple(step for step in expanded[2:] if step is not None)
            )
            etag = make_etag(site, "funnel", as_csv, meta, *map(describe_filters, expanded))
            if matches(request.headers.get("if-none-match"), etag):
                return respond(304, etag)
            data, is_exact = self._count(query, definition, site, snapshot)
        document = {"data": data, "meta": meta | {"exact": is_exact} | describe_state(site)}
        return respond_document(etag, document, write_funnel if as_csv else None)

    def _find(self, parsed: AskedFunnel, caller: Caller) -> Definition:
        forbid_outsiders(caller)
        funnels = {funnel.name: funnel for funnel in self._funnels.list(parsed.asked.site_id)}
        if parsed.name not in funnels:
            detail = f"A funnel of the site: {', '.join(funnels) or 'it has none'}. Or give `steps`."
            raise InvalidInput("The query is not valid.", (Fault(detail, parameter="funnel"),))
        return funnels[parsed.name].definition

    def _count(self, query: Query, definition: Definition, site: Site, snapshot: Snapshot) -> tuple[Figures, bool]:
        filters = [query.filters, *definition.steps, definition.exclude]
        budgets = self._budgets.share(sum(map(sum_patterns, filters)))
        sample = choose_sample(measure_range(query, site.zone, snapshot).events, "events", budgets.other)
        rows = snapshot.read(write_statement(query, definition, sample))
        figures = make_figures(definition, read_histories(rows), sample.rate, query.dimension, query.limit)
        return figures, sample.below is None


def _describe(query: Query, definition: Definition) -> Figures:
    """What was understood: the part of `meta` that depends on the query and the definition alone."""
    meta = describe_query(query)
    del meta["metrics"]
    if query.dimension:
        meta |= {"dimension": query.dimension, "limit": query.limit}
    return meta | {
        "steps": [describe_filters(step) for step in definition.steps],
        "mode": definition.mode,
        "within": VISIT if definition.window is None else _describe_window(definition.window),
        "exclude": describe_filters(definition.exclude),
    }


def _describe_window(window: timedelta) -> str:
    """As a client writes it, in the largest unit that it is a multiple of."""
    for unit, length in (("d", timedelta(days=1)), ("h", timedelta(hours=1))):
        if not window % length:
            return f"{window // length}{unit}"
    return f"{window // timedelta(minutes=1)}m"
