"""`python -m infra.sites`: what is done of sites every so often, as the owner of the tables.

Changes the figures of sites that got another time zone; beside that, sends reports and alarms.
"""

import sys
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

from common.groups.databases import list_settings
from common.log import configure
from common.settings import Settings
from infra.health import Shown, serve_health
from infra.reports.schedule import keep_reporting
from infra.sites.schedule import keep_changing
from infra.sites.sites import open_database
from infra.stop import catch_stop


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    settings = Settings.load_or_exit()
    configure(settings.log_level)
    stop = catch_stop()
    note = _show_figures(settings) if settings.metrics_key else _note_nothing
    reports = threading.Thread(target=keep_reporting, args=(settings, stop, note), name="reports")
    reports.start()
    changes = [
        threading.Thread(target=_keep_changing, args=(own, stop, note), name=f"changes of {name}")
        for name, own in list_settings(settings).items()
    ]
    for thread in changes:
        thread.start()
    for thread in (*changes, reports):
        thread.join()
    return 0


def _keep_changing(settings: Settings, stop: threading.Event, note: Callable[[str, int | None], None]) -> None:
    with closing(open_database(settings)) as database:
        keep_changing(database, stop, note)


def _show_figures(settings: Settings) -> Callable[[str, int | None], None]:
    """Show them at GET /metrics, until the process ends; returns what counts them."""
    from infra.sites.measured import SitesFigures

    figures = SitesFigures()
    serve_health(settings.listen_host, settings.sites_port, _answer_ready, Shown(settings.metrics_key, figures.render))
    return figures.note


def _note_nothing(_work: str, _count: int | None) -> None:
    pass


def _answer_ready() -> tuple[bool, dict[str, Any]]:
    return True, {}


if __name__ == "__main__":
    sys.exit(main())
