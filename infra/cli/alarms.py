"""`analytics alarms list|set|delete`."""

import json

import click

from common.settings import Settings
from infra.alarms.alarm import MEANINGS, Alarm
from infra.cli.access import ACTOR, complain, open_database
from infra.cli.listing import ListByDefault, show_list
from infra.every_group import open_home_and_site
from infra.terminal import printable, say


@click.group(cls=ListByDefault)
def alarms() -> None:
    """Tell by mail or webhook when something is wrong, and when it is over.

    \b
      analytics alarms set backlog ops@example.com
      analytics alarms set ledger https://hooks.example.com/analytics
      analytics alarms set silence ann@example.com --site blog
      analytics alarms set spike ann@example.com --site blog --threshold 5
      analytics alarms list
    """


@alarms.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def list_all(settings: Settings, as_json: bool) -> None:
    """List the alarms, and which of them fire."""
    from infra.alarms.alarms import Alarms

    with open_database(settings) as database:
        found = Alarms(database).list()
    show_list(found, as_json, _describe, "No alarms.")


@alarms.command("set")
@click.argument("kind", type=click.Choice(list(MEANINGS)))
@click.argument("target")
@click.option("--site", default="", help="For spike and silence: of which site.")
@click.option("--threshold", type=float, help="Of a spike 3 times, of silence 10 events, of the backlog 300 seconds.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def set_one(settings: Settings, kind: str, target: str, site: str, threshold: float | None, as_json: bool) -> None:
    """Tell TARGET, an address or the URL of a webhook, when an alarm of KIND begins and ends.

    \b
    spike    an hour has THRESHOLD times the events of the same hour of the week before, and 50 at least
    silence  an hour has no event, where the same hour of the week before had THRESHOLD and more on average
    ledger   the ledger does not close, or the queue or the database has lost events
    backlog  the oldest event waits for more than THRESHOLD seconds

    What a webhook gets is signed with the secret that is shown.
    """
    from infra.alarms.alarms import Alarms

    with open_home_and_site(settings, site) as (database, own), complain():
        alarm = Alarms(database).set(ACTOR, kind, target, site, threshold, own)  # type: ignore[arg-type]
    if as_json:
        say(json.dumps(alarm.as_dict() | ({"secret": alarm.secret} if alarm.secret else {})))
        return
    say(f"set {alarm.alarm_id}" + (f"\nsecret {alarm.secret}" if alarm.secret else ""))


@alarms.command()
@click.argument("alarm")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def delete(settings: Settings, alarm: str, as_json: bool) -> None:
    """Delete the ALARM of this id."""
    from infra.alarms.alarms import Alarms

    with open_database(settings) as database, complain():
        Alarms(database).delete(ACTOR, alarm)
    say(json.dumps({"alarm_id": alarm}) if as_json else f"deleted {printable(alarm)}")


def _describe(alarm: Alarm) -> str:
    of = alarm.site_id or "(the whole system)"
    state = f"  FIRING since {alarm.firing_since:%Y-%m-%d %H:%M} UTC" if alarm.firing_since else ""
    return f"{alarm.alarm_id}  {alarm.kind}  {of}  {alarm.target}  {alarm.threshold:g}{state}"
