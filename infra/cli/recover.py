"""`analytics recover`."""

import json
import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from common.settings import Settings
from infra.terminal import printable, say


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Count what would be sent, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.pass_obj
def recover(settings: Settings, folder: Path, dry_run: bool, as_json: bool) -> None:
    """Recover events of a loss that FOLDER, the folder of the queue's append-only files, still has.

    `status` names the loss: a database that was restored from a copy has lost what was processed since, and a queue
    that was replaced has lost what waited. Entries of that time go to the processor once more, under the ids that
    they had. Each event counts once, whether it is stored or not, and however often this runs. Of a database of one of
    several groups, the events of its sites alone are sent.

    The server removes what is settled from its file when it rewrites it, once a day and as the file grows. So copy the
    folder before anything else. `make up` has it in .data/valkey.
    """
    from common.redis.client import connect
    from infra.every_group import open_databases
    from infra.ledger.reader import LedgerReader
    from infra.poller.main import build_invoker
    from infra.recovery.append_only_file import read_entries
    from infra.recovery.recovery import Recovered, choose, find_dead
    from infra.recovery.recovery import recover as send

    with closing(connect(settings)) as redis, open_databases(settings) as databases:
        losses = LedgerReader(redis, databases, settings).find_losses()
        dead = find_dead(redis, settings)
        chosen = choose(read_entries(folder, settings), losses, dead, databases.find_group)
        if dry_run:
            counts = [entry.count for entry in chosen]
            done = Recovered(entries=len(counts), events=sum(counts))
        else:
            invoker = build_invoker(settings)
            done = send(chosen, invoker, settings.batch_max_events, settings.batch_max_bytes, time.sleep)
    if as_json:
        say(json.dumps({**asdict(done), "losses": [loss.as_dict() for loss in losses]}))
        return
    say("\n".join(printable(loss.describe()) for loss in losses) or "there is no loss to recover from")
    say(f"{'found' if dry_run else 'sent'}    {done.events:,} events in {done.entries:,} entries of that time")
    if done.failed:
        say(f"failed  {done.failed:,} events")
