"""What the commands about keys, users and links share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from common.errors import InvalidInput
from common.settings import Settings

if TYPE_CHECKING:
    from common.postgres.database import Database

ACTOR = "command line"
"""Who changes something, in the log of changes."""
_TYPED = "-"


@contextmanager
def open_database(settings: Settings, site_id: str | None = None) -> Iterator["Database"]:
    """The database of a site, for one command; without a site that of all else."""
    from common.postgres.database import Database

    if site_id is not None:
        from infra.every_group import open_site

        with open_site(settings, site_id) as found:
            yield found
        return
    database = Database.of(settings)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def complain() -> Iterator[None]:
    """Say what is wrong with the input, a line for each fault; the exit code is 1."""
    try:
        yield
    except InvalidInput as error:
        lines = [f"{fault.pointer.strip('/')}: {fault.detail}" for fault in error.faults]
        raise click.ClickException("\n  ".join([error.detail, *lines])) from None


def ask_password(option: str | None) -> str | None:
    """The password in an option; typed where that is `-`."""
    if option != _TYPED:
        return option
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


def parse_expiry(_: click.Context, __: click.Parameter, text: str | None) -> datetime | None:
    """The time in an option; a day begins in UTC."""
    if text is None:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("expected 2030-01-31, or 2030-01-31T12:00:00+01:00") from None
    parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        raise click.BadParameter("expected a time that is in the years 1 to 9999 in UTC, too") from None
