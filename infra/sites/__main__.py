"""`python -m infra.sites`: what is done of sites every so often, as the owner of the tables.

Changes the figures of sites that got another time zone; beside that, sends reports and alarms.
"""

import sys
import threading
from contextlib import closing

from common.groups.databases import list_settings
from common.log import configure
from common.settings import Settings
from infra.reports.schedule import keep_reporting
from infra.sites.schedule import keep_changing
from infra.sites.sites import open_database
from infra.stop import catch_stop


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    settings = Settings.load_or_exit()
    configure(settings.log_level)
    stop = catch_stop()
    reports = threading.Thread(target=keep_reporting, args=(settings, stop), name="reports")
    reports.start()
    changes = [
        threading.Thread(target=_keep_changing, args=(own, stop), name=f"changes of {name}")
        for name, own in list_settings(settings).items()
    ]
    for thread in changes:
        thread.start()
    for thread in (*changes, reports):
        thread.join()
    return 0


def _keep_changing(settings: Settings, stop: threading.Event) -> None:
    with closing(open_database(settings)) as database:
        keep_changing(database, stop)


if __name__ == "__main__":
    sys.exit(main())
