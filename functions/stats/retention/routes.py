"""/v1/stats/retention: who came again."""

from collections.abc import Callable, Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from common.errors import Fault, InvalidInput
from common.goals.goal import Goal
from functions.stats.access.caller import Caller
from functions.stats.access.gate import Gate
from functions.stats.access.share import Share
from functions.stats.answers.documents import describe_query, describe_state, make_etag, matches
from functions.stats.answers.responses import respond, respond_document, wants_csv
from functions.stats.answers.tables import write_retention
from functions.stats.estimator.budgets import DEFAULT, Budgets
from functions.stats.estimator.reader import FiguresReader
from functions.stats.query.definitions import Definitions
from functions.stats.query.filters import describe_filters
from functions.stats.query.grammar import resolve
from functions.stats.retention.figures import describe_population, make_grid
from functions.stats.retention.grammar import list_periods, parse_retention
from functions.stats.retention.reading import read_returns


def build_retention_route(
    reader: FiguresReader,
    gate: Gate,
    clock: Callable[[], datetime],
    budgets: Budgets = DEFAULT,
    share: Share | None = None,
) -> Route:
    """The route; `share`: what the dear ones may have, None: whatever they take."""

    def answer(request: Request, caller: Caller) -> Response:
        parsed = parse_retention(request.query_params)
        asked = parsed.asked
        as_csv = wants_csv(asked.format, request)
        now = clock()
        with reader.snapshot() as snapshot:
            goal = _find_goal(parsed.goal, snapshot.read_goals(asked.site_id)) if parsed.goal else None
            site = snapshot.read_site(asked.site_id)
            query = Definitions(asked.site_id, snapshot, caller.filters).hold(resolve(asked, site, now))
            periods = list_periods(query, parsed.unit, now)
            meta = describe_query(query) | {"unit": parsed.unit, "by": parsed.by, "goal": parsed.goal or None}
            del meta["metrics"]
            over = sum(period.is_over for period in periods)
            etag = make_etag(
                site, "retention", as_csv, meta, describe_filters(query.filters), over, goal.as_dict() if goal else None
            )
            if matches(request.headers.get("if-none-match"), etag):
                return respond(304, etag)
            returns = read_returns(
                query,
                periods,
                since_ever=parsed.by == "first_ever",
                returns=goal.condition if goal else None,
                site=site,
                snapshot=snapshot,
                budgets=budgets,
            )
        meta |= {"population": describe_population(returns), "exact": returns.rate == 1} | describe_state(site)
        document = {"data": make_grid(periods, returns, query.zone), "meta": meta}
        return respond_document(etag, document, write_retention if as_csv else None)

    return gate.read("/v1/stats/retention", "stats", answer, share)


def _find_goal(name: str, goals: Sequence[Goal]) -> Goal:
    for goal in goals:
        if goal.name == name:
            return goal
    known = ", ".join(goal.name for goal in goals)
    detail = f"A goal of the site: {known or 'it has none'}. Without it, any event is a return."
    raise InvalidInput("The query is not valid.", (Fault(detail, parameter="goal"),))
