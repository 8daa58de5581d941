"""`analytics up`, `migrate`, `status` and `verify`."""

import json
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import click

from common.errors import Unavailable, WrongSetting
from common.groups.slots import HOME
from common.settings import Settings
from infra.cli.faults import WrongSettings, explain
from infra.terminal import printable, say

if TYPE_CHECKING:
    from infra.verification.recount import Difference

MOST_GATHERED = 100
"""Sites and fields that `status --json` lists of what was gathered."""


@click.command()
@click.pass_obj
def up(settings: Settings) -> None:
    """Run everything on this machine until Ctrl-C.

    Starts an embedded Valkey and PostgreSQL (or uses those that REDIS_URL and DATABASE_URL name),
    applies migrations, starts the three functions and the poller, and restarts any that die.
    """
    try:
        from infra.local.up import run
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f"here is the command line alone (no {error.name}): run `make up` in the project's folder,"
            " or `docker compose up -d --wait` for the containers"
        ) from None
    try:
        settings.check_files()
    except WrongSetting as error:
        raise WrongSettings(str(error)) from None
    sys.exit(run(settings))


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Update the database schema, and add events that older versions stored to the figures.

    It is safe to run at any time, while the system runs. After an interruption, the next run continues.
    """
    from common.postgres.database import Database
    from infra.every_group import mark, visit_groups
    from infra.migrations.backfill import backfill
    from infra.migrations.runner import migrate as apply

    def update(name: str, one: Settings) -> None:
        def tell(error: Unavailable) -> None:
            say(f"{mark(name)}{explain(error)} Waiting for it.", err=True)

        applied = apply(one.database_url, one.database_secret_arn, tell=tell)
        say("\n".join(f"{mark(name)}applied {each}" for each in applied) or f"{mark(name)}up to date")
        with closing(Database.of(one)) as database:
            backfill(database, one.time_zone, tell=lambda events: say(f"{mark(name)}counted {events:,} older events"))

    visit_groups(settings, update).end()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def status(settings: Settings, as_json: bool) -> None:
    """Show the queue, events that were not stored or were filtered, the last commit, and what is being moved."""
    from common.event import OTHER
    from common.redis.client import connect
    from infra.cli.stored import add_up, read_stored
    from infra.every_group import open_databases, visit_groups
    from infra.groups.unfinished import describe
    from infra.ledger.reader import LedgerReader
    from infra.queue.gathered import count_gathered
    from infra.queue.memory import read_memory
    from infra.queue.safety import find_unsafe
    from infra.queue.status import read_status

    with closing(connect(settings)) as redis, open_databases(settings) as databases:
        queue = read_status(redis, settings)
        unsafe = find_unsafe(redis, settings)
        memory = read_memory(redis, settings, int(time.time() // 3600))
        gathered = count_gathered(redis, settings, int(time.time() // 60))
        losses = LedgerReader(redis, databases, settings).find_losses()
        visited = visit_groups(settings, lambda name, _: read_stored(databases.groups[name or HOME]))
    stored = add_up(visited.results.values())
    figures = {
        **queue.as_dict(),
        "rejected": stored.rejected,
        "filtered_24h": stored.filtered,
        "gathered_24h": [
            {"site_id": site, "field": field, "events": events}
            for (site, field), events in gathered.most_common(MOST_GATHERED)
        ],
        "last_commit": stored.last_commit.isoformat() if stored.last_commit else None,
        "unsafe": unsafe,
        "memory": memory.as_dict() if memory else None,
        "losses": [loss.as_dict() for loss in losses],
        "moving": [move.as_dict() for move in stored.moves],
    }
    if len(databases.groups) > 1:
        figures["groups"] = {name: "down" if name in visited.failed else "up" for name in databases.groups}
    if as_json:
        say(json.dumps(figures))
        visited.end()
        return
    say(f"queued        {queue.events:,} events in {queue.entries:,} entries, {queue.bytes:,} bytes")
    say(f"oldest        {queue.oldest_age_seconds:,.1f} s")
    say(f"dead letters  {queue.dead_letters:,}" + ("  (analytics dead-letters)" * bool(queue.dead_letters)))
    say(f"rejected      {stored.rejected:,}" + ("  (analytics rejected)" * bool(stored.rejected)))
    by_reason = ", ".join(f"{events:,} {reason}" for reason, events in stored.filtered.items())
    say("filtered      " + (f"{by_reason} in the last 24 h  (analytics filtered)" if stored.filtered else "0"))
    if gathered:
        most = ", ".join(
            f"{events:,} {field}" + f" of {printable(site)}" * bool(site)
            for (site, field), events in gathered.most_common(3)
        )
        say(f"gathered      {most} under {OTHER} in the last 24 h  (SITE_DAY_PATHS, SITE_DAY_VALUES, SITE_DAY_NAMES)")
    if memory:
        say(f"memory        {memory.describe()}")
        refused = f", {memory.new_site_events_refused:,} events of others refused (NEW_SITES_PER_HOUR)"
        say(
            f"sites         {memory.sites:,} in {settings.ledger_hours} h, {memory.new_sites:,} new in this hour"
            + refused * bool(memory.new_site_events_refused)
        )
    say(f"last commit   {figures['last_commit'] or 'none yet'}")
    for sentence in describe(stored.moves):
        say(f"moving        {sentence}  (analytics groups)")
    for sentence in queue.faults_of_clocks:
        click.secho(f"CLOCKS        {sentence}", fg="red", bold=True)
    for loss in losses:
        click.secho(f"LOST          {printable(loss.describe())}  (analytics ledger accept-loss)", fg="red", bold=True)
    for sentence in unsafe:
        click.secho(f"UNSAFE        {printable(sentence)}", fg="red", bold=True)
    visited.end()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts: the differences as a JSON array.")
@click.option("--repair", "repairs", is_flag=True, help="Make the figures right from the events, site by site.")
@click.pass_obj
def verify(settings: Settings, as_json: bool, repairs: bool) -> None:
    """Recompute every aggregate from the stored events. Report differences, with exit code 1.

    Reads every event, in one snapshot, so it can run while the system runs. With --repair, all figures of each site
    that differs are made again, in steps of a day, between which its new events are counted; what is reported then is
    what still differs. After an interruption, run it again.
    """
    from infra.every_group import mark, visit_groups

    def check(name: str, one: Settings) -> "list[Difference]":
        return _verify(one, repairs, mark(name))

    visited = visit_groups(settings, check)
    found = [(name, difference) for name, differences in visited.results.items() for difference in differences]
    if as_json:
        say(json.dumps([{**one.as_dict(), **({"group": name} if name else {})} for name, one in found]))
    else:
        for name, one in found:
            where = f"{mark(name)}{one.aggregate} {one.site_id} {one.date} {one.key}"
            say(printable(f"{where}: kept {one.kept}, recount {one.recount}"))
        if found or visited.results:
            say(f"{len(found)} differences" if found else "every aggregate equals its recount")
    visited.end()
    sys.exit(1 if found else 0)


def _verify(settings: Settings, repairs: bool, mark: str) -> "list[Difference]":
    from infra.verification.recount import verify_aggregates
    from infra.verification.repair import find_misjoined, find_sites, repair

    differences = verify_aggregates(settings.database_url, settings.database_secret_arn)
    if repairs and differences:
        say(f"{mark}{len(differences)} differences", err=True)
        repair(
            settings,
            find_sites(differences),
            find_misjoined(differences),
            tell=lambda site: say(printable(f"{mark}repaired {site}"), err=True),
        )
        differences = verify_aggregates(settings.database_url, settings.database_secret_arn)
    return list(differences)
