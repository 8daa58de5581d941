"""`analytics roles`: a role of the database for each part that uses it."""

import click

from common.groups.slots import HOME
from common.settings import Settings
from infra.every_group import mark, visit_groups
from infra.terminal import say


@click.command()
@click.argument("groups", nargs=-1)
@click.pass_obj
def roles(settings: Settings, groups: tuple[str, ...]) -> None:
    """Make the database's roles: the owner, the writer (processor) and the reader (stats).

    DATABASE_URL, and DATABASE_GROUPS for further groups, name superusers here. DATABASE_OWNER_PASSWORD,
    DATABASE_WRITER_PASSWORD and DATABASE_READER_PASSWORD are what the roles get as passwords, the same in every group.
    An existing database is handed over to the owner. GROUPS: those alone, such as one that is new (the first is called
    home). Afterwards, run `analytics migrate` as the owner: it grants the rights. It is safe to run again, and while
    the system runs.
    """
    from infra.roles.provision import ROLE_PASSWORDS, make_roles, read_passwords

    for name in groups:
        if name not in (HOME, *settings.database_urls):
            raise click.BadParameter(f"DATABASE_GROUPS names no group {name}", param_hint="GROUPS")

    def make(name: str, one: Settings) -> None:
        if not groups or (name or HOME) in groups:
            make_roles(one.database_url, read_passwords(settings), one.database_secret_arn)
            say("\n".join(f"{mark(name)}{role}" for role in ROLE_PASSWORDS))

    visit_groups(settings, make).end()
