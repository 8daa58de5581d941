"""The steps that run to their end before the functions start: `python -m infra.local.steps initdb|migrate`."""

import sys
from urllib.parse import urlsplit

from common.errors import AnalyticsError
from common.settings import Settings
from infra.local.credentials import embedded_postgres
from infra.local.errors import StartFailed


def initdb(settings: Settings) -> None:
    """Make PostgreSQL's data folder unless it is there."""
    embedded_postgres(settings, urlsplit(settings.database_url).password or "").prepare()


def migrate(settings: Settings) -> None:
    """Bring the database's schema up to date."""
    from common.adapters.migrations import migrate as apply_migrations

    for name in apply_migrations(settings.database_url):
        sys.stdout.write(f"applied {name}\n")


def main(name: str) -> int:
    """Run one step; the exit code."""
    try:
        {"initdb": initdb, "migrate": migrate}[name](Settings.load())
    except (StartFailed, AnalyticsError) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
