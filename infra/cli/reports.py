"""`analytics reports list|add|remove|show|run|outbox|resend`."""

import json
from contextlib import closing
from datetime import UTC, datetime

import click

from common.settings import Settings
from infra.cli.access import ACTOR, complain, open_database
from infra.cli.listing import ListByDefault, show_list
from infra.every_group import open_databases, open_home_and_site
from infra.terminal import printable, say

_PERIODS = click.Choice(["weekly", "monthly"])


@click.group(cls=ListByDefault)
def reports() -> None:
    """A site's figures by mail, each week or month.

    \b
      analytics reports add blog ann@example.com --period weekly
      analytics reports list
      analytics reports show blog --period weekly
      analytics reports outbox

    A report is due at 6:00 of the site's own time, on Mondays and on the first of a month. Each is sent once. Mails
    need SMTP_URL, MAIL_FROM and PUBLIC_URL.
    """


@reports.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, as_json: bool) -> None:
    """List who gets reports."""
    from common.reports.subscriptions import Subscriptions

    with open_database(settings) as database:
        found = Subscriptions(database).list()
    show_list(
        found, as_json, lambda one: f"{one.subscription_id}  {one.site_id}  {one.period}  {one.address}", "No reports."
    )


@reports.command()
@click.argument("site")
@click.argument("address")
@click.option("--period", type=_PERIODS, default="weekly", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def add(settings: Settings, site: str, address: str, period: str, as_json: bool) -> None:
    """Send the report of SITE to ADDRESS, from the next one on."""
    from common.reports.subscriptions import Subscriptions

    with open_home_and_site(settings, site) as (database, own), complain():
        one = Subscriptions(database).add(ACTOR, site, period, address, own)  # type: ignore[arg-type]
    say(json.dumps(one.as_dict()) if as_json else f"added {one.subscription_id}")


@reports.command()
@click.argument("subscription")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def remove(settings: Settings, subscription: str, as_json: bool) -> None:
    """End the subscription of this id."""
    from common.reports.subscriptions import Subscriptions

    with open_database(settings) as database, complain():
        one = Subscriptions(database).remove(ACTOR, subscription)
    say(json.dumps(one.as_dict()) if as_json else f"removed {one.subscription_id}")


@reports.command()
@click.argument("site")
@click.option("--period", type=_PERIODS, default="weekly", show_default=True)
@click.option("--html", "as_html", is_flag=True, help="The mail's HTML, to be opened in a browser.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def show(settings: Settings, site: str, period: str, as_html: bool, as_json: bool) -> None:
    """Show the latest report of SITE, and send nothing."""
    from common.redis.client import connect
    from common.reports.subscriptions import Subscription
    from infra.reports.schedule import Reporting

    now = datetime.now(UTC)
    nobody = Subscription("0" * 16, site, period, "you@example.com", now, "")  # type: ignore[arg-type]
    with open_databases(settings) as databases, closing(connect(settings)) as redis, complain():
        content = Reporting(settings, databases, redis).write(nobody, now)
    say(json.dumps(content) if as_json else content["html" if as_html else "text"])


@reports.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def run(settings: Settings, as_json: bool) -> None:
    """Make and send now what is due of reports and alarms, as is done each minute: for where nothing else does."""
    from common.redis.client import connect
    from infra.reports.schedule import Reporting

    with open_databases(settings) as databases, closing(connect(settings)) as redis:
        done = Reporting(settings, databases, redis).step(datetime.now(UTC))
    words = f"made {done['reports']} reports and {done['alarms']} messages of alarms, sent {done['sent']}"
    say(json.dumps(done) if as_json else words)


@reports.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def outbox(settings: Settings, as_json: bool) -> None:
    """List what was sent lately, waits, or failed; newest first."""
    from infra.outbox.outbox import Outbox

    with open_database(settings) as database:
        found = Outbox(database).list()
    show_list(
        found,
        as_json,
        lambda one: f"{one.created_at:%Y-%m-%d %H:%M}  {one.state:8}  {one.target}  {one.message_id}  {one.fault}",
        "Nothing was sent.",
    )


@reports.command()
@click.argument("message")
@click.pass_obj
def resend(settings: Settings, message: str) -> None:
    """Send a MESSAGE of the outbox again that failed, or of which nobody knows whether it arrived."""
    from infra.outbox.outbox import Outbox

    with open_database(settings) as database:
        if not Outbox(database).resend(message):
            raise click.ClickException("there is no such message that failed or is unknown")
    say(f"waiting {printable(message)}")
