"""`analytics days close` and `open`."""

from contextlib import closing

import click

from common.days.closing import close_all, close_due
from common.days.opening import open_days
from common.postgres.database import Database
from common.settings import Settings
from infra.every_group import mark, visit_groups
from infra.packing.packing import pack_indexes
from infra.sites.sites import open_database
from infra.terminal import say


@click.group()
def days() -> None:
    """Days that are over: their figures are kept, and who was seen with what on them is not.

    Processors close days by and by (DAY_CLOSES_AFTER_HOURS), and open one again where a late event needs it.
    """


@days.command()
@click.option("--now", is_flag=True, help="Close every day, however lately it was written, and give the space back.")
@click.pass_obj
def close(settings: Settings, now: bool) -> None:
    """Close every day that is due, without waiting for the processors to come to it.

    With --now the tables are emptied at once, and large indexes rebuilt beside the writers, which returns space to the
    disk: for after an upgrade or a large import. Events of today wait then until what was seen today is read again from
    the events before them.
    """
    visit_groups(settings, lambda name, one: _close(one, now, mark(name))).end()


def _close(settings: Settings, now: bool, mark: str) -> None:
    with closing(Database.of(settings)) as database:
        if now:
            close_all(database)
            say(f"{mark}closed every day")
            _pack(settings, mark)
        elif not settings.day_closes_after_hours:
            say(f"{mark}no day closes by itself: DAY_CLOSES_AFTER_HOURS is 0 (see --now)")
        else:
            rows = close_due(database, settings.day_closes_after_hours)
            say(f"{mark}deleted {rows:,} rows of closed days")


def _pack(settings: Settings, mark: str) -> None:
    with closing(open_database(settings)) as database:
        for name, given_back in pack_indexes(database):
            say(f"{mark}rebuilt {name}: {given_back / 1e6:,.1f} MB less")


@days.command("open")
@click.pass_obj
def open_all(settings: Settings) -> None:
    """Open every closed day: before an earlier release goes on, which knows of none.

    Set DAY_CLOSES_AFTER_HOURS=0 for the processors first. It takes as long as reading all events of these days. After
    an interruption, run it again.
    """
    visit_groups(settings, lambda name, one: _open(one, mark(name))).end()


def _open(settings: Settings, mark: str) -> None:
    opened = 0
    with closing(Database.of(settings)) as database:
        while found := database.run("select site_id, cast(date as text) from closed_days order by 1, 2 limit 100"):
            open_days(database, [(site_id, date) for site_id, date in found])
            opened += len(found)
            say(f"{mark}opened {opened:,} days")
    say(f"{mark}every day is open")
