"""`analytics roles`: a role of the database for each part that uses it."""

import click

from common.settings import Settings
from infra.terminal import say


@click.command()
@click.pass_obj
def roles(settings: Settings) -> None:
    """Make the database's roles: the owner, the writer (processor) and the reader (stats).

    DATABASE_URL names a superuser here. DATABASE_OWNER_PASSWORD, DATABASE_WRITER_PASSWORD and DATABASE_READER_PASSWORD
    are what the roles get as passwords. An existing database is handed over to the owner. Afterwards, run
    `analytics migrate` as the owner: it grants the rights. It is safe to run again, and while the system runs.
    """
    from infra.roles.provision import ROLE_PASSWORDS, make_roles, read_passwords

    make_roles(settings.database_url, read_passwords(settings), settings.database_secret_arn)
    say("\n".join(ROLE_PASSWORDS))
