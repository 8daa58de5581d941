"""Every row of the table, in order, with its goal."""

from bench.figures import Goal

_SINGLE = "single POST /event, one process, 64 connections, as Compose serves it"
_DROP_IN = "a page view with a url and a referrer, as"
_PROCESSOR = "processor, 50,000 queued events (short form: 20,000), 20 sites, nearly each a new visitor, one worker"
_LIVE = "live traffic (20 sites, one day, three events a visit), as many queued events, one worker"
_FAIR = "a quiet site's event to visible in /stats, p95, while another site"
_DAY = "GET /stats, one day"
_YEAR = "10 million events of one site over a year"

GOALS = (
    Goal("single/node", f"{_SINGLE}: requests/s against Node's", "≥", 3, "×"),
    Goal("single/constant", "the same against the same server answering a constant", "≥", 0.5, "×"),
    Goal("single/starlette", "the same against Starlette answering a constant", unit="×"),
    Goal("single/sites", "the same where each site blocks 100 networks: CPU added to a POST", "≤", 3, "%"),
    Goal("single/p99", "the same: p99 against Node's", "≤", 1, "×"),
    Goal("framework/node", "the same under functions-framework: requests/s against Node's", "≥", 1.5, "×"),
    Goal("batch/node", "batches of 500: events/s against Node's single events", "≥", 30, "×"),
    Goal("batch/validation", "batches of 500: events/s against validation alone", "≥", 0.5, "×"),
    Goal("derive/added", "what deriving adds to a single POST", "≤", 25, "%"),
    Goal("dropin/plausible", f"{_DROP_IN} Plausible's script sends it: requests/s against POST /event", "≥", 0.8, "×"),
    Goal("dropin/umami", f"{_DROP_IN} Umami's script sends it: the same", "≥", 0.8, "×"),
    Goal("dropin/posthog", f"{_DROP_IN} posthog-js sends it, uncompressed: the same", "≥", 0.8, "×"),
    Goal("dropin/matomo", f"{_DROP_IN} Matomo's script sends it in a form: the same", "≥", 0.8, "×"),
    Goal("dropin/snowplow", f"{_DROP_IN} Snowplow's tracker sends it: the same", "≥", 0.8, "×"),
    Goal("dropin/openpanel", f"{_DROP_IN} OpenPanel's script sends it: the same", "≥", 0.8, "×"),
    Goal("processor/live", f"{_LIVE}: events/s against Node's, a transaction an event", "≥", 25, "×"),
    Goal("processor/live-2", "the same with two workers", "≥", 40, "×"),
    Goal("processor/node", f"{_PROCESSOR}: events/s against Node's, a transaction an event", "≥", 15, "×"),
    Goal("processor/node-read", "the same against Node's, a transaction a read", "≥", 15, "×"),
    Goal("processor/copy", "the same against COPY into a bare table with the same key", "≥", 0.25, "×"),
    Goal("processor/rich", "the same with every field of a page view: events/s against COPY of them", unit="×"),
    Goal("scaling/workers", "live traffic, settings as shipped: 2 workers against 1", "≥", 1.6, "×"),
    Goal("scaling/lanes", "the same: 2 workers against one batch at a time", "≥", 1.6, "×"),
    Goal(
        "scaling/least",
        "the slowest of 1 and 2 pollers × 1, 2, 4 workers (short form: 1, 2), and of 1 and 4 shards × 1, 2, 4 lanes,"
        " against one batch at a time",
        "≥",
        1,
        "×",
    ),
    Goal("scaling/faults", "the same: deadlocks, and waits or failures of the pollers", "≤", 0, ""),
    Goal(
        "log/lines",
        "import of an access log (long form: a million lines), until all is stored: lines/s",
        "≥",
        15_000,
        "",
    ),
    Goal("visible/p95", "event to visible in /stats at 2,000 events/s: p95", "<", 500, "ms"),
    Goal("visible/p99", "the same: p99", "<", 1_000, "ms"),
    Goal("visible/few", "the same at 20 events/s: p95", "<", 150, "ms"),
    Goal(
        "steady/cpu", "CPU of process and PostgreSQL an event at 2,000 events/s against the same drained", "≤", 2.5, "×"
    ),
    Goal("fair/flood", f"{_FAIR} sends 20 times what the processor takes", "<", 2_000, "ms"),
    Goal("fair/properties", f"{_FAIR} sends events with 30 new properties each", "<", 2_000, "ms"),
    Goal("fair/locked", f"{_FAIR}'s row in PostgreSQL is locked", "<", 2_000, "ms"),
    Goal("fair/rebuild", f"{_FAIR}'s time zone changes again and again", "<", 2_000, "ms"),
    Goal("day/10", f"{_DAY}: p95 at 10 million events stored against 1 million", "≤", 1.5, "×"),
    Goal("day/50", f"{_DAY}: p95 at 50 million events stored against 1 million", "≤", 1.5, "×"),
    Goal("paths/p95", "GET /stats, a site-day with 200,000 different paths: p95", "<", 20, "ms"),
    Goal("rate/50", "processor's rate at 50 million events stored against 1 million", "≥", 0.85, "×"),
    Goal("rate/10", "processor's rate at 10 million events stored against 1 million", unit="×"),
    Goal("year/own", f"/v1/stats, {_YEAR}, the site's zone: p95 of the slowest question", "<", 100, "ms"),
    Goal("year/other", "the same in another zone", "<", 1_000, "ms"),
    Goal("year/filter", "the same with one filter", "<", 500, "ms"),
    Goal("year/page", "the same set: p95 of the page's slowest request, each panel and tab", "<", 1_000, "ms"),
    Goal("year/page-filter", "the same with one filter", "<", 1_000, "ms"),
    Goal("year/goals", "the same set: GET /v1/stats/goals, p95 of an event's or a path's, the slower", "<", 200, "ms"),
    Goal("year/umami", "the same: the least that raw aggregation is slower by", "≥", 20, "×"),
    Goal("year/day", f"{_DAY}, of the same site: how often faster than raw aggregation", "≥", 100, "×"),
    Goal("verify/seconds", "analytics verify, a million plain events of 20 sites over a year", "≤", 6, "s"),
    Goal("verify/writer", "the same: the longest that a small batch took meanwhile", "<", 1_000, "ms"),
    Goal("closed/year", "bytes in PostgreSQL an event, plain, 20 sites over a year, days closed", "≤", 480, "B"),
    Goal(
        "closed/year-rich",
        "bytes in PostgreSQL an event with every field, a site over a year, days closed",
        "≤",
        850,
        "B",
    ),
    Goal("bytes/postgres", "bytes in PostgreSQL an event, indexes included", unit="B"),
    Goal("bytes/postgres-node", "the same events in Node's tables", unit="B"),
    Goal("bytes/postgres-rich", "bytes in PostgreSQL an event with every field of a page view", unit="B"),
    Goal("bytes/redis", "bytes in Redis a queued event", unit="B"),
    Goal("bytes/redis-node", "the same events in Node's stream", unit="B"),
    Goal("cold/ingest", "cold start of ingest, import to first answer", "<", 400, "ms"),
    Goal("cold/process", "cold start of process", "<", 400, "ms"),
    Goal("cold/stats", "cold start of stats", "<", 400, "ms"),
    Goal("bundle/ingest", "bundle of ingest, unpacked", "<", 20, "MB"),
    Goal("bundle/process", "bundle of process, unpacked", "<", 20, "MB"),
    Goal("bundle/stats", "bundle of stats, unpacked", "<", 20, "MB"),
    Goal("memory/ingest", "RSS of ingest at 2,000 events/s", unit="MB"),
    Goal("memory/process", "RSS of process", unit="MB"),
    Goal("memory/stats", "RSS of stats", unit="MB"),
    Goal("memory/poller", "RSS of the poller", unit="MB"),
    Goal("memory/growth", "growth of their sum over the load", "≤", 10, "%"),
)
