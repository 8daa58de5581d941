"""/v1/stats over a year of 10 million events: every question in the site's zone, in another, and with a filter."""

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date
from functools import partial
from urllib.parse import urlencode

from bench import parts, sets, umami
from bench.context import Bench, Measurement, NotMeasured, column, describe_cores
from bench.figures import Figure, percentile, ratios
from bench.load import Client
from bench.rows.day import ask, draw_days
from bench.rows.panels import make_requests
from bench.traffic import SITE
from common.goals.goal import Goal
from common.goals.goals import Goals
from common.postgres.database import Database

YEAR = ("2025-01-01", "2025-12-31")
OTHER_ZONE = "Asia/Kolkata"
METRICS = "visitors,visits,page_views,events,bounce_rate,visit_duration,views_per_visit"
DIMENSIONS = (
    "path", "referrer", "browser", "city", "entry", "props.author", "exit", "hostname", "event_type", "props.plan",
    "source", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_content", "country", "region", "os", "device",
    "language", "screen",
)  # fmt: skip
"""All that the set has; a form that asks about few takes the first."""
OF_EVENTS = ("path", "hostname", "event_type")
"""Dimensions of events, as are the properties. Their visits are no figure that is kept, and not asked for."""
FILTER = [{"dimension": "country", "operator": "is", "value": ["DE", "AT"]}]
"""Two values: of one the sums are kept, and no row would be read for a summary."""
KEPT_GOALS = (Goal("event", event="signup"), Goal("path", path="/p/1*"))
COMPARED = {
    "summary": "totals",
    "timeseries": "series",
    "path": "paths",
    "referrer": "referrers",
    "browser": "browsers",
}
"""Our question, and the Umami-shaped query that answers the like."""


def make_questions(dimensions: int, zone: str = "", filters: object = None) -> dict[str, str]:
    """The path of each question, by name, over the year; breakdowns by so many of the dimensions."""
    common = {"site_id": SITE, "from": YEAR[0], "to": YEAR[1]}
    common |= {"timezone": zone} if zone else {}
    common |= {"filters": json.dumps(filters)} if filters else {}

    def ask(kind: str, **more: str) -> str:
        return f"/v1/stats/{kind}?{urlencode(common | more)}"

    series = {"timeseries": ask("timeseries", interval="day", metrics="visitors,visits,page_views")}
    by_dimension = {
        name: ask("breakdown", dimension=name, metrics=_choose_metrics(name), sort="visitors:desc")
        for name in DIMENSIONS[:dimensions]
    }
    return {"summary": ask("summary", metrics=METRICS), **series, **by_dimension}


def make_goal_questions() -> dict[str, str]:
    """The same of each goal alone."""
    common = {"site_id": SITE, "from": YEAR[0], "to": YEAR[1]}
    return {goal.name: f"/v1/stats/goals?{urlencode(common | {'goal': goal.name})}" for goal in KEPT_GOALS}


def _keep_goals(url: str) -> None:
    with closing(Database(url, connections=1, timeout_seconds=60)) as database:
        for goal in KEPT_GOALS:
            Goals(database).put("bench", SITE, goal)


def _choose_metrics(dimension: str) -> str:
    is_of_events = dimension in OF_EVENTS or dimension.startswith("props.")
    return "visitors,page_views" if is_of_events else "visitors,visits,page_views"


def make_histories() -> dict[str, dict[str, str]]:
    """By row: the paths of questions about what visitors did one after the other."""
    common = {"site_id": SITE, "from": YEAR[0], "to": YEAR[1]}
    kinds = ("page_view", "click", "signup", "purchase")
    steps = json.dumps([[{"dimension": "event_type", "operator": "is", "value": kind}] for kind in kinds])

    def ask(kind: str, **more: str) -> str:
        return f"/v1/stats/{kind}?{urlencode(common | more)}"

    return {
        "funnel": {
            "within a visit": ask("funnel", steps=steps),
            "within a week": ask("funnel", steps=steps, within="7d"),
            "by country": ask("funnel", steps=steps, dimension="country"),
        },
        "retention": {
            "by week": ask("retention", unit="week"),
            "by month": ask("retention", unit="month"),
        },
        "journeys": {
            "from where visits begin": ask("journeys"),
            "to a purchase": ask("journeys", end=json.dumps(json.loads(steps)[-1])),
        },
    }


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of a year."""
    make = partial(make_questions, bench.form.year_dimensions)
    asked = {"own": make(), "other": make(OTHER_ZONE), "filter": make(filters=FILTER)}
    asked |= {"goals": make_goal_questions()}
    asked |= {"page": make_requests(SITE, *YEAR), "page-filter": make_requests(SITE, *YEAR, list(FILTER))}
    asked |= make_histories()
    often = {"own": 2 * bench.form.year_questions}  # 20 in the long form, so that the p95 is not the slowest
    with (
        sets.running(bench, sets.YEAR, bench.form.year_set) as server,
        parts.framework(bench.folder, "stats", {"DATABASE_URL": server.url}) as stats,
        closing(Client(stats.port)) as client,
    ):
        _keep_goals(server.url)
        status, answer = client.get(asked["own"]["summary"])
        if status != 200:
            raise NotMeasured(f"this stats function answers /v1/stats/summary with {status}")
        bench.results.raw["first answer of /v1/stats/summary"] = [json.loads(answer)]
        variants: dict[str, Callable[[], Measurement]] = {
            name: partial(_ask, client, questions, often.get(name, bench.form.year_questions))
            for name, questions in asked.items()
        }
        if bench.form.asks_umami:
            umami.make(server.url)
            variants["umami"] = lambda: {
                f"p95 {ours}": umami.time_query(server.url, theirs, date(2025, 1, 1), date(2026, 1, 1))
                for ours, theirs in COMPARED.items()
            }
            days = draw_days(max(3, bench.form.questions // 5), seed=3)
            variants["day"] = lambda: ask(client, [(SITE, day) for day in days])
            variants["umami day"] = lambda: {"p95": percentile(umami.time_days(server.url, days), 0.95)}
        measured = bench.alternate(variants, {"stats": stats.process.pid, "postgres": server.process.pid})
    return _read_figures(bench, measured)


def _ask(client: Client, questions: Mapping[str, str], times: int) -> Measurement:
    """The p95 of each question, asked so many times, and the worst of them."""
    found = {}
    for name, path in questions.items():
        found[f"p95 {name}"] = percentile(client.time_all([path] * times), 0.95)
    return {**found, "worst": max(found.values())}


def _read_figures(bench: Bench, measured: dict[str, list[Measurement]]) -> dict[str, Figure]:
    figures = {}
    for name in ("own", "other", "filter", "goals", "page", "page-filter", *make_histories()):
        rounds = measured[name]
        medians = {key: Figure(column(rounds, key)).value for key in rounds[0] if key.startswith("p95 ")}
        slowest = sorted(medians, key=lambda key: -medians[key])[:3]
        said = ", ".join(f"{key.removeprefix('p95 ')} {medians[key]:.0f} ms" for key in slowest)
        note = f"of {len(medians)} questions the slowest: {said}; {describe_cores(rounds)}"
        figures[f"year/{name}"] = Figure(column(rounds, "worst"), note)
    if "umami" not in measured:
        bench.results.reasons |= dict.fromkeys(("year/umami", "year/day"), "the long form asks them")
        return figures
    by_question = {
        ours: ratios(column(measured["umami"], f"p95 {ours}"), column(measured["own"], f"p95 {ours}"))
        for ours in COMPARED
    }
    least = min(by_question, key=lambda ours: Figure(by_question[ours]).value)
    said = ", ".join(f"{ours} {Figure(found).value:.0f} ×" for ours, found in by_question.items())
    figures["year/umami"] = Figure(by_question[least], said)
    day, umami_day = column(measured["day"], "p95"), column(measured["umami day"], "p95")
    note = f"p95 {Figure(day).value:.1f} ms over HTTP against {Figure(umami_day).value:.1f} ms in PostgreSQL alone"
    figures["year/day"] = Figure(ratios(umami_day, day), note)
    return figures
