"""`analytics groups`: where sites are, and moving them to another database."""

from collections import defaultdict
from contextlib import closing

import click

from common.groups.databases import Databases
from common.groups.slots import find_slot
from common.settings import Settings
from infra.groups.move import Moved, Mover
from infra.groups.slot_ranges import read_slots, write_slots
from infra.groups.states import read_states
from infra.terminal import say

TIMEOUT_SECONDS = 6 * 3600
"""Longest statement: a table of one slot is copied in one."""


@click.group(invoke_without_command=True)
@click.pass_context
def groups(context: click.Context) -> None:
    """Databases among which sites are spread (DATABASE_GROUPS): which slots each has, and what is being moved.

    A site is always in the same one of 256 slots; a slot is in one group.
    """
    if context.invoked_subcommand is None:
        _list(context.obj)


def _list(settings: Settings) -> None:
    with closing(Databases.of(settings)) as databases:
        states = read_states(databases.home).values()
        slots: defaultdict[str, list[int]] = defaultdict(list, {group: [] for group in databases.groups})
        for state in states:
            slots[state.group].append(state.slot)
        for group, own in slots.items():
            missing = "" if group in databases.groups else ", and DATABASE_GROUPS does not name it"
            say(f"{group}: {len(own)} slots{f' ({write_slots(own)})' if own else ''}{missing}")
        for state in states:
            if state.moving_to:
                say(f"slot {state.slot} is being moved from {state.group} to {state.moving_to}; its events wait")
            if state.leaving:
                say(f"slot {state.slot} was moved to {state.group}; rows of it are left in {state.leaving}")


@groups.command("slot")
@click.argument("site")
def show_slot(site: str) -> None:
    """Show the slot of a site."""
    say(str(find_slot(site)))


@groups.command()
@click.argument("slots")
@click.argument("group")
@click.pass_obj
def move(settings: Settings, slots: str, group: str) -> None:
    """Move slots to another group while events flow: `analytics groups move 128-255 second`.

    The events of a slot wait in the queue while its rows are copied; those of the others go on. First it finishes what
    an interrupted move has left, whatever slots are named. Run it as the owner of the tables of both databases.
    """
    try:
        wanted = read_slots(slots)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="SLOTS") from None
    if group not in ("home", *settings.database_urls):
        raise click.BadParameter(f"DATABASE_GROUPS names no group {group}", param_hint="GROUP")
    patient = settings.model_copy(update={"database_timeout_seconds": TIMEOUT_SECONDS})
    with closing(Databases.of(patient)) as databases:
        Mover(databases, tell=_say).move(wanted, group)
        _list(settings)


def _say(moved: Moved) -> None:
    say(
        f"slot {moved.slot}: {moved.rows:,} rows from {moved.source} to {moved.target};"
        f" its events waited {moved.pause_seconds:.1f} s"
    )
