"""`analytics`: run the system, look after it, import into it."""

import sys

import click
from pydantic import ValidationError

from common.errors import AnalyticsError
from common.settings import Settings
from infra.cli.dead_letters import dead_letters
from infra.cli.filtered import filtered
from infra.cli.imports import import_log
from infra.cli.ledger import ledger
from infra.cli.operations import migrate, status, up, verify
from infra.cli.rejected import rejected
from infra.cli.sites import sites


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="website-analytics")
@click.pass_context
def analytics(context: click.Context) -> None:
    """Website analytics: capture, process and serve.

    \b
    A first look:
      analytics up                            start everything on this machine
      analytics status                        what waits, what died, when the last event was stored
      analytics import access.log --site-id blog
      analytics verify                        do the figures equal a recount of the events?

    Settings come from the environment and from .env (see .env.example).

    \b
    Exit codes: 0 done; 1 the answer is bad news (verify found a difference, status can't
    reach a server); 2 the command line or a setting is wrong.
    """
    try:
        context.obj = Settings.load()
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}".lstrip(": ") for e in error.errors())
        raise click.UsageError(f"a setting is wrong. {faults}") from None


for command in (up, migrate, status, verify, ledger, rejected, filtered, dead_letters, sites, import_log):
    analytics.add_command(command)


def main() -> None:
    """The console script."""
    try:
        analytics()
    except AnalyticsError as error:
        click.echo(f"analytics: {error}", err=True)
        sys.exit(1)
