"""`analytics ledger`."""

import json
import re
import sys
import time
from contextlib import closing
from datetime import datetime

import click

from common.event import OTHER
from common.postgres.database import Database
from common.redis.client import connect
from common.settings import Settings
from common.witness.record import accept_losses
from infra.every_group import open_databases
from infra.ledger.ledger import Ledger
from infra.ledger.reader import LedgerReader
from infra.terminal import printable, say

_UNITS = {"m": 1, "h": 60, "d": 1440}
_COLUMNS = (
    "accepted",
    "stored",
    "duplicate",
    "rejected",
    "filtered",
    "erased",
    "dead_lettered",
    "in_flight",
    "missing",
)


@click.group(invoke_without_command=True)
@click.option("--site", help="Only this site. Leaves out refused events, because their site is not known.")
@click.option("--since", default="24h", show_default=True, help="From when: 30m, 24h, 3d, or an ISO 8601 time.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_context
def ledger(context: click.Context, site: str | None, since: str, as_json: bool) -> None:
    """Check that every accepted event has exactly one outcome or is in flight.

    The outcomes: stored, duplicate, rejected, filtered (as bot traffic or spam), erased (before they
    were stored), dead-lettered.

    Reads past minutes while the system runs. Each column is counted independently, and none is
    calculated from the others. A line that does not balance shows how many events are missing
    (negative: too many), and the exit code is 1. So it is where the queue has lost events: then
    it is said which, until `analytics ledger accept-loss` takes note of it.
    """
    if context.invoked_subcommand is not None:
        return
    settings: Settings = context.obj
    first_minute = read_since(since, settings.ledger_hours)
    with open_databases(settings) as databases, closing(connect(settings)) as redis:
        drawn_up = LedgerReader(redis, databases, settings).read(first_minute, site)
    say(json.dumps(_as_dict(drawn_up, site)) if as_json else _as_text(drawn_up, site))
    sys.exit(0 if drawn_up.closes else 1)


@ledger.command("accept-loss")
@click.option("--note", default="", help="Why, for whoever reads it later.")
@click.pass_obj
def accept_loss(settings: Settings, note: str) -> None:
    """Take note of what the queue has lost, so that status and readiness are good again.

    Send the events of these times again first, if you have them: each counts once. `analytics recover` gets back what
    the queue's file still has.
    """
    with closing(Database.of(settings)) as database:
        accepted = accept_losses(database, note)
    say("\n".join(printable(loss.describe()) for loss in accepted) or "there is no loss to accept")


def read_since(since: str, ledger_hours: int) -> int:
    """The first minute (since 1970) to read, but not before the start of the ledger's retention."""
    now = int(time.time() // 60)
    if match := re.fullmatch(r"(\d{1,6})([mhd])", since):
        minute = now - int(match[1]) * _UNITS[match[2]]
    else:
        try:
            minute = int(datetime.fromisoformat(since).astimezone().timestamp() // 60)
        except ValueError:
            raise click.BadParameter("like 30m, 24h, 3d or 2026-01-31T12:00:00Z", param_hint="--since") from None
    return max(minute, now - ledger_hours * 60 + 1)


def _as_dict(drawn_up: Ledger, site: str | None) -> dict[str, object]:
    total = {name: getattr(drawn_up.total, name) for name in _COLUMNS}
    return {
        "closes": drawn_up.closes,
        "total": total,
        "refused": drawn_up.refused if site is None else None,
        "reasons": dict(drawn_up.reasons),
        "dropped": dict(drawn_up.dropped),
        "gathered": dict(drawn_up.gathered),
        "losses": [loss.as_dict() for loss in drawn_up.losses],
        "lines": [line.as_dict() for line in drawn_up.lines],
        **({"unreachable": drawn_up.unreachable} if drawn_up.unreachable else {}),
    }


def _as_text(drawn_up: Ledger, site: str | None) -> str:
    heads = ("accepted", "stored", "duplicate", "rejected", "filtered", "erased", "dead", "in flight", "missing")
    rows = [f"{'minute':17} {'site':24}" + "".join(f"{head:>11}" for head in heads)]
    for line in drawn_up.lines:
        minute = line.as_dict()["minute"][:16]
        rows.append(f"{minute:17} {printable(line.site_id)[:24]:24}" + _figures(line))
    rows.append(f"{'total':42}" + _figures(drawn_up.total))
    if site is None:
        rows.append(f"refused with a 4xx, never accepted: {drawn_up.refused:,}")
    rows += [f"set aside, {printable(reason)}: {events:,}" for reason, events in sorted(drawn_up.reasons.items())]
    if drawn_up.dropped:
        counts = (f"{printable(name)} {events:,}" for name, events in sorted(drawn_up.dropped.items()))
        rows.append(f"fields dropped: {', '.join(counts)}")
    if drawn_up.gathered:
        counts = (f"{printable(name)} {events:,}" for name, events in sorted(drawn_up.gathered.items()))
        rows.append(f"counted under {OTHER}: {', '.join(counts)}")
    rows += [f"LOST  {printable(loss.describe())}" for loss in drawn_up.losses]
    rows += [
        f"DOWN  {name}: its database does not answer, and its lines are not judged" for name in drawn_up.unreachable
    ]
    if drawn_up.not_judged and not drawn_up.unreachable:
        rows.append(f"not judged: {len(drawn_up.not_judged):,} lines, because the queue has lost its counts of them")
    verdict = "the ledger closes" if drawn_up.closes else "THE LEDGER DOES NOT CLOSE"
    nothing = "nothing to judge yet: only minutes that are over are read"
    if site is not None:
        nothing = f"nothing to judge: no event of {site} was accepted in the minutes that are read"
    rows.append(verdict if drawn_up.lines or drawn_up.losses else nothing)
    return "\n".join(rows)


def _figures(line: object) -> str:
    return "".join(f"{getattr(line, name):>11,}" for name in _COLUMNS)
