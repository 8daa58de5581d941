"""Steps that finish before the functions start: `python -m infra.local.steps initdb|roles|migrate|keys`.

`backfill` runs beside the functions.
"""

import logging
import sys
import time
from contextlib import closing
from urllib.parse import urlsplit

from common.errors import AnalyticsError, Unavailable
from common.settings import Settings
from infra.local.credentials import FIRST_PASSWORD, embedded_postgres, write_secret
from infra.local.errors import StartFailed

_PAUSE_SECONDS = 5
_ACTOR = "make up"


def initdb(settings: Settings) -> None:
    """Create PostgreSQL's data folder if it does not exist."""
    embedded_postgres(settings, urlsplit(settings.database_url).password or "").prepare()


def roles(settings: Settings) -> None:
    """Make the database's roles, as the superuser."""
    from infra.roles.provision import make_roles, read_passwords

    make_roles(settings.database_url, read_passwords(settings))


def migrate(settings: Settings) -> None:
    """Bring the database's schema up to date."""
    from common.groups.databases import list_settings
    from common.groups.slots import HOME
    from infra.migrations.runner import migrate as apply_migrations

    def tell(error: Unavailable) -> None:
        sys.stdout.write(f"{error} {error.reason}. Is DATABASE_URL right, and does the server run? Waiting for it.\n")
        sys.stdout.flush()

    for group, own in list_settings(settings).items():
        mark = "" if group == HOME else f"{group}: "
        for name in apply_migrations(own.database_url, tell=tell):
            sys.stdout.write(f"{mark}applied {name}\n")


def keys(settings: Settings) -> None:
    """Let the database know the keys in the data folder, and make the first user."""
    from common.access.key import read_key
    from common.access.keys import Keys
    from common.access.passwords import make_password
    from common.access.users import Users
    from common.postgres.database import Database

    with closing(Database.of(settings)) as database:
        for text, scope in ((settings.admin_key, "admin"), (settings.ingest_key, "import")):
            if (key := read_key(text)) is not None:
                Keys(database).adopt(_ACTOR, key, f"make up: {scope}", [scope])
        users = Users(database)
        if not users.list():
            password = make_password()
            write_secret(settings.data_dir / FIRST_PASSWORD, password)  # first: a user whose password is lost is none
            users.add(_ACTOR, "admin", password, is_admin=True)


def backfill(settings: Settings) -> None:
    """Add events that were stored before visits existed to the figures."""
    from common.groups.databases import Databases
    from infra.migrations.backfill import backfill as count_events

    def tell(events: int) -> None:
        sys.stdout.write(f"counted {events:,} older events\n")

    with closing(Databases.of(settings)) as databases:
        for database in databases.groups.values():
            while True:
                try:
                    count_events(database, settings.time_zone, tell=tell)
                except Unavailable as error:  # the functions run by now and need PostgreSQL too: wait for it
                    sys.stdout.write(f"{error}\n")
                    time.sleep(_PAUSE_SECONDS)
                else:
                    break


def main(name: str) -> int:
    """Run one step; the exit code."""
    logging.getLogger().addHandler(logging.NullHandler())  # report an unreachable database once, not at each try
    try:
        steps = {"initdb": initdb, "roles": roles, "migrate": migrate, "keys": keys, "backfill": backfill}
        steps[name](Settings.load_or_exit())
    except Unavailable as error:
        sys.stdout.write(f"{error} {error.reason}\n")
        return 1
    except (StartFailed, AnalyticsError) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
