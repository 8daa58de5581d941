"""`analytics`: runs, operates and imports into the system."""

import logging
import os
import sys
from pathlib import Path

import click
from dotenv import dotenv_values
from pydantic import ValidationError

from common.errors import AnalyticsError, Unavailable, WrongSetting
from common.setting_faults import describe, find_misspelled
from common.settings import Settings
from infra.cli.alarms import alarms
from infra.cli.annotations import annotations
from infra.cli.audit import audit
from infra.cli.days import days
from infra.cli.dead_letters import dead_letters
from infra.cli.demo import demo
from infra.cli.erasures import erase, erasures
from infra.cli.export import export
from infra.cli.faults import WrongSettings, explain
from infra.cli.filtered import filtered
from infra.cli.funnels import funnels
from infra.cli.goals import goals
from infra.cli.groups import groups
from infra.cli.imports import imports
from infra.cli.keys import keys
from infra.cli.ledger import ledger
from infra.cli.links import links
from infra.cli.log_import import import_log
from infra.cli.operations import migrate, status, up, verify
from infra.cli.recover import recover
from infra.cli.rejected import rejected
from infra.cli.reports import reports
from infra.cli.roles import roles
from infra.cli.segments import segments
from infra.cli.sites import sites
from infra.cli.snippet import snippet
from infra.cli.users import users
from infra.terminal import say


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="website-analytics")
@click.pass_context
def analytics(context: click.Context) -> None:
    """Website analytics: capture, process and serve.

    \b
    A first look:
      analytics up                            run everything on this machine
      analytics status                        the queue, failed events, the last stored event
      analytics import access.log --site-id blog
      analytics verify                        do the figures equal a recount of the events?

    Settings come from the environment and from .env (see .env.example).

    \b
    Exit codes: 0 success; 1 failure (verify found a difference, status can't reach a server);
    2 the command line or a setting is wrong.
    """
    try:
        context.obj = Settings.load()
    except ValidationError as error:
        raise WrongSettings(describe(error)) from None
    except WrongSetting as error:
        raise WrongSettings(str(error)) from None
    for wrong, right in _find_misspelled().items():
        say(f"analytics: there is no setting {wrong}: is {right} meant?", err=True)


def _find_misspelled() -> dict[str, str]:
    """Misspelled settings in the environment and in .env, each with the setting that it resembles."""
    in_file = dotenv_values(".env", interpolate=False, encoding="utf-8-sig") if Path(".env").is_file() else {}
    known = Settings.model_fields
    return find_misspelled(os.environ, known, is_ours=False) | find_misspelled(in_file, known, is_ours=True)


for command in (
    up,
    roles,
    migrate,
    status,
    verify,
    days,
    ledger,
    recover,
    rejected,
    filtered,
    dead_letters,
    sites,
    goals,
    funnels,
    segments,
    annotations,
    reports,
    alarms,
    keys,
    users,
    links,
    audit,
    snippet,
    import_log,
    imports,
    export,
    erase,
    erasures,
    demo,
    groups,
):
    analytics.add_command(command)


def main() -> None:
    """The entry point of the console script."""
    logging.getLogger().addHandler(logging.NullHandler())  # errors are reported once, when the command ends
    try:
        analytics()
    except Unavailable as error:
        say(f"analytics: {explain(error)}", err=True)
        sys.exit(1)
    except AnalyticsError as error:
        say(f"analytics: {error}", err=True)
        sys.exit(1)
