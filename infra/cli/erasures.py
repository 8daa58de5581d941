"""`analytics erase` and `analytics erasures`."""

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from common.settings import Settings
from infra.cli.access import ACTOR, complain, open_database, parse_expiry
from infra.cli.listing import show_list
from infra.every_group import in_order, open_databases, read_groups
from infra.terminal import printable, say

if TYPE_CHECKING:
    from common.erasure.requests import Erasure

LOOK_EVERY_SECONDS = 0.5


@click.command("erase")
@click.option("--site-id", required=True, help="The site whose events are erased.")
@click.option("--user-id", help="Those of this user.")
@click.option("--path", help="Those on this path, as it is stored.")
@click.option("--event-id", help="The one with this id.")
@click.option("--from", "start", callback=parse_expiry, help="Those from this time on; a day begins in UTC.")
@click.option("--to", "after", callback=parse_expiry, help="Those before this time.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--wait", "is_waited_for", is_flag=True, help="Wait until all is erased, then tidy up what PostgreSQL keeps."
)
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def erase(
    settings: Settings, /, site_id: str, start: datetime | None, after: datetime | None, yes: bool,
    is_waited_for: bool, as_json: bool, **texts: str | None,
) -> None:  # fmt: skip
    """Erase the events of a site for which all that is given holds: from the queue to the figures.

    \b
    analytics erase --site-id blog --user-id ann@example.com --wait
    analytics erase --site-id blog --path /private --from 2025-06-01 --to 2025-07-01

    The poller and the processor do it in short steps, and go on after an interruption; `analytics erasures` says how
    far they got. What comes meanwhile is erased too; what comes later counts again.
    """
    from common.erasure.criteria import Criteria
    from common.erasure.requests import request_erasure

    with open_database(settings, site_id) as database, complain():
        criteria = Criteria.check({**texts, "from": start, "to": after})
        if not yes:
            given = ", ".join(f"{name} {text}" for name, text in criteria.as_dict().items())
            click.confirm(f"Erase the events of {printable(f'{site_id} ({given})')}? This can't be undone.", abort=True)
        erasure = request_erasure(database, ACTOR, site_id, criteria)
        if is_waited_for:
            found = _wait(database, site_id, erasure)
            _tidy_up(database)
            say(
                json.dumps(found.as_dict())
                if as_json
                else f"erased {found.erased:,} stored events of {printable(site_id)}"
            )
            return
    content = {"id": erasure, "site_id": site_id, "stage": "asked"}
    say(json.dumps(content) if as_json else f"erasure {erasure} of {printable(site_id)} has begun")


@click.command("erasures")
@click.option("--site-id", help="Those of this site alone.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON array, an item a line.")
@click.pass_obj
def erasures(settings: Settings, site_id: str | None, as_json: bool) -> None:
    """List erasures, the latest first: how far each got. What one was about is forgotten when it is done."""
    from common.erasure.requests import list_erasures

    with open_databases(settings) as databases:
        visited = read_groups(databases, lambda one: list_erasures(one, site_id), lambda erasure: erasure.site_id)
    show_list(in_order(visited, lambda one: one.requested_at, reverse=True), as_json, _tell, "No erasures.")
    visited.end()


def _tell(one: "Erasure") -> str:
    done = f"done {one.done_at:%Y-%m-%d %H:%M:%S %Z}" if one.done_at else one.stage
    return f"{one.id}  {one.site_id}  asked {one.requested_at:%Y-%m-%d %H:%M:%S %Z}  {done}  {one.erased:,} events"


def _wait(database: Any, site_id: str, erasure: int) -> "Erasure":
    """Look until it is done, or the site was deleted meanwhile."""
    from common.erasure.requests import list_erasures
    from common.errors import AnalyticsError

    while found := [one for one in list_erasures(database, site_id) if one.id == erasure]:
        if found[0].done_at is not None:
            return found[0]
        time.sleep(LOOK_EVERY_SECONDS)
    raise AnalyticsError(f"{site_id} was deleted meanwhile")


def _tidy_up(database: Any) -> None:
    """Have PostgreSQL give up the rows that are deleted, and the samples of values that its planner keeps."""
    from common.postgres.sql import load_query

    with database.session() as connection:
        connection.run("set statement_timeout = 0")
        for [table] in connection.run(load_query(__name__, "list_erased_tables")) or []:
            connection.run(f"vacuum (analyze) {table}")
