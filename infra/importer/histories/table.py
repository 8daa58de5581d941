"""The histories that can be imported, in the order in which they are tried."""

from infra.importer.histories import ga4, goatcounter, matomo, own, plausible, posthog, umami
from infra.importer.histories.history import History, make_history

HISTORIES: tuple[History, ...] = (
    own.OWN_EXPORT,
    make_history("goatcounter", "GoatCounter, CSV export", goatcounter.NEEDS, lambda: goatcounter.read),
    make_history("umami", "Umami, its table website_event", umami.NEEDS, lambda: umami.read, "website_id"),
    make_history("matomo", "Matomo, visits of Live.getLastVisitsDetails", matomo.NEEDS, lambda: matomo.read, "idSite"),
    make_history(
        "plausible", "Plausible, its ClickHouse table events_v2", plausible.NEEDS, plausible.open_reader, "site_id"
    ),
    make_history("posthog", "PostHog, events of a batch export", posthog.NEEDS, lambda: posthog.read, "team_id"),
    make_history("ga4", "Google Analytics 4, BigQuery export", ga4.NEEDS, ga4.open_reader),
)
