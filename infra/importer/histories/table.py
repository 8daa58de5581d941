"""The histories that can be imported, in the order in which they are tried."""

from infra.importer.histories import goatcounter, own, umami
from infra.importer.histories.history import History, make_history

HISTORIES: tuple[History, ...] = (
    own.OWN_EXPORT,
    make_history("goatcounter", "GoatCounter, CSV export", goatcounter.NEEDS, lambda: goatcounter.read),
    make_history("umami", "Umami, its table website_event", umami.NEEDS, lambda: umami.read, "website_id"),
)
