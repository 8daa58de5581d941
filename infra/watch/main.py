"""The process: a health server with /metrics, and the ledger read once a minute until it is stopped."""

import logging
import threading
from contextlib import closing
from typing import Any

from common.errors import Unavailable
from common.groups.databases import Databases
from common.log import configure, fields
from common.redis.client import connect
from common.settings import Settings
from infra.health import Shown, serve_health
from infra.ledger.reader import LedgerReader
from infra.queue.status import read_status
from infra.stop import catch_stop
from infra.watch.balance import Balance

EVERY_SECONDS = 60.0

log = logging.getLogger("watch")


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    settings = Settings.load_or_exit()
    configure(settings.log_level)
    stop = catch_stop()
    with closing(Databases.of(settings)) as databases, closing(connect(settings)) as redis:
        groups = list(databases.groups) if len(databases.groups) > 1 else []
        reader = LedgerReader(redis, databases, settings)
        balance = Balance(reader, lambda: read_status(redis, settings), groups=groups)
        shown = Shown(settings.metrics_key, balance.render) if settings.metrics_key else None
        health = serve_health(settings.listen_host, settings.ledger_port, _answer_ready, shown)
        watch(balance, stop)
        health.shutdown()
    return 0


def watch(balance: Balance, stop: threading.Event) -> None:
    """Read until `stop` is set. What fails is tried again: the time of the last reading tells of it."""
    while not stop.is_set():
        try:
            balance.read()
        except Unavailable as error:
            log.warning("the ledger can't be read", extra=fields(reason=error.detail))
        except Exception:  # it must survive its own bugs, as a lane does
            log.exception("reading the ledger failed")
        stop.wait(EVERY_SECONDS)


def _answer_ready() -> tuple[bool, dict[str, Any]]:
    return True, {}
