"""/v1/sites/{site_id}/goals, where goals are kept, and /v1/stats/goals, where their conversions are counted."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.goals.goal import Goal
from common.goals.goals import Goals
from common.http import messages
from common.postgres.database import Database
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.access.share import Share
from functions.stats.answers.documents import describe_query, make_etag, matches
from functions.stats.answers.responses import respond, respond_document, wants_csv
from functions.stats.answers.tables import write_goals
from functions.stats.estimator.answer import answer
from functions.stats.estimator.budgets import OF_GOALS, Budgets
from functions.stats.estimator.reader import FiguresReader
from functions.stats.goals.figures import GoalFigures
from functions.stats.goals.grammar import parse_goals
from functions.stats.manage.fields import read_fields
from functions.stats.manage.sites import find_members_site, find_site_id
from functions.stats.query.definitions import Definitions
from functions.stats.query.filters import describe_filters
from functions.stats.query.grammar import resolve

_SHAPES = {"event": "text", "path": "text", "filters": "list", "has_revenue": "flag"}


def build_goal_routes(
    database: Database,
    reader: FiguresReader,
    gate: Gate,
    clock: Callable[[], datetime],
    budgets: Budgets = OF_GOALS,
    share: Share | None = None,
) -> list[Route]:
    """The routes; `share`: what the dear ones may have, None: whatever they take."""
    routes = GoalRoutes(Goals(database), reader, clock, budgets)
    return [
        gate.read("/v1/sites/{site_id}/goals", "stats", routes.list),
        gate.change("/v1/sites/{site_id}/goals/{name}", "goals", "PUT", routes.put),
        gate.change("/v1/sites/{site_id}/goals/{name}", "goals", "DELETE", routes.delete),
        gate.read("/v1/stats/goals", "stats", routes.answer, share),
    ]


class GoalRoutes:
    """Answers the requests of one function instance."""

    def __init__(self, goals: Goals, reader: FiguresReader, clock: Callable[[], datetime], budgets: Budgets) -> None:
        self._goals = goals
        self._reader = reader
        self._clock = clock
        self._budgets = budgets

    def list(self, request: Request, caller: Caller) -> Response:
        """What each goal of the site is, without figures."""
        goals = self._goals.list(find_members_site(request, caller))
        return messages.answer({"data": [goal.as_dict() for goal in goals]})

    def put(self, request: Request, caller: Caller, content: dict[str, Any]) -> Response:
        """The goal as it is now."""
        site_id = find_site_id(request, caller, "goals")
        given = read_fields(content, _SHAPES)
        filters = json.dumps(given.pop("filters", []))
        goal = self._goals.put(caller.name, site_id, Goal(request.path_params["name"], filters=filters, **given))
        return messages.answer({"data": goal.as_dict()})

    def delete(self, request: Request, caller: Caller, _: dict[str, Any]) -> Response:
        """It is forgotten; no event is."""
        name = request.path_params["name"]
        self._goals.delete(caller.name, find_site_id(request, caller, "goals"), name)
        return messages.answer({"data": {"name": name}})

    def answer(self, request: Request, caller: Caller) -> Response:
        """Conversions, visits, visitors, their rate and revenue."""
        parsed = parse_goals(request.query_params)
        asked = parsed.asked
        as_csv = wants_csv(asked.format, request)
        with self._reader.snapshot() as snapshot:
            goals = parsed.select(snapshot.read_goals(asked.site_id))
            site = snapshot.read_site(asked.site_id)
            query = Definitions(asked.site_id, snapshot, caller.filters).hold(resolve(asked, site, self._clock()))
            defined = [goal.as_dict() for goal in goals]
            etag = make_etag(site, "goals", describe_query(query), describe_filters(query.filters), defined, as_csv)
            if matches(request.headers.get("if-none-match"), etag):
                return respond(304, etag)
            figures = GoalFigures(query, lambda one: answer(one, site.zone, snapshot, self._budgets))
            document = figures.make_document(site, goals)
        return respond_document(etag, document, write_goals if as_csv else None)
