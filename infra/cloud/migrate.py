"""Applies the migrations at deploy: a CloudFormation custom resource. On a schedule, changes sites' time zones.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import logging
import time
import urllib.request
from contextlib import closing
from typing import Any, Protocol

from common.aws.secrets import Secret, read_login
from common.errors import AnalyticsError, Unavailable
from common.groups.databases import list_settings
from common.groups.slots import HOME
from common.log import configure, fields
from common.postgres.database import Database
from common.setting_checks import read_group_secrets
from common.settings import Settings
from infra.migrations.backfill import backfill
from infra.migrations.runner import migrate
from infra.roles.provision import OWNER, READER, WRITER, make_roles
from infra.sites.schedule import finish_changes
from infra.sites.sites import open_database

RESERVED_SECONDS = 10
"""Time of the invocation that is kept for the answer: without one a deployment hangs for an hour."""
PAUSE_SECONDS = 2.0
ANSWER_TIMEOUT_SECONDS = 5

log = logging.getLogger("migrate")

settings = Settings.load_or_exit()
configure(settings.log_level)


class Context(Protocol):
    """What Lambda tells an invocation."""

    log_stream_name: str

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: dict[str, Any], context: Context) -> None:
    """Create and Update migrate; Delete does nothing, for the data is not the stack's to take. Always answers.

    An event of the schedule, which is none of CloudFormation's, finishes changes of time zones.
    """
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVED_SECONDS
    if "RequestType" not in event:
        _change_time_zones(deadline)
        return
    status, reason = "SUCCESS", ""
    try:
        if event["RequestType"] != "Delete":
            applied = _migrate_until(deadline)
            log.info("migrated", extra=fields(applied=applied))
    except Exception as error:  # whatever it is, CloudFormation waits for the answer
        log.exception("the migration failed")
        # our own errors say nothing that is secret; of others the log alone knows more
        status, reason = "FAILED", str(error) if isinstance(error, AnalyticsError) else type(error).__name__
    _answer(event, status, f"{reason} See the log stream {context.log_stream_name}.".strip())


def _migrate_until(deadline: float) -> list[str]:
    """Migrate as soon as the database answers: a new one, or the proxy before it, may take a while to."""
    while True:
        try:
            if settings.database_admin_secret_arn:
                _make_roles(deadline)
            return _migrate(deadline)
        except Unavailable:
            if deadline - time.monotonic() < PAUSE_SECONDS:
                raise
        time.sleep(PAUSE_SECONDS)


def _migrate(deadline: float) -> list[str]:
    """Each group's database, the own one first."""
    applied = []
    for name, own in list_settings(settings).items():
        left = deadline - time.monotonic()
        found = migrate(own.database_url, own.database_secret_arn, timeout_seconds=max(1, left))
        applied += found if name == HOME else [f"{name}: {one}" for one in found]
        with closing(Database.of(own)) as database:
            if not backfill(database, settings.time_zone, deadline):
                log.warning("older events are still to be counted: run `analytics migrate`, or deploy again")
    return applied


def _change_time_zones(deadline: float) -> None:
    """Go on until the deadline; the next event of the schedule goes on with what is left."""

    def wait(seconds: float) -> bool:
        time.sleep(max(0, min(seconds, deadline - time.monotonic())))
        return time.monotonic() >= deadline

    failed: AnalyticsError | None = None
    for own in list_settings(settings).values():
        with closing(open_database(own, max(1, deadline - time.monotonic()))) as database:
            try:
                finished = finish_changes(database, wait)
            except AnalyticsError as error:  # the other groups' go on
                failed = error
                continue
        if finished:
            log.info("time zones were changed", extra=fields(sites=finished))
    if failed is not None:
        raise failed


def _make_roles(deadline: float) -> None:
    """Make the roles of each group's database as its administrator, with the passwords that the other parts have."""
    secrets = {
        OWNER: settings.database_secret_arn,
        WRITER: settings.database_writer_secret_arn,
        READER: settings.database_reader_secret_arn,
    }
    passwords = {role: read_login(Secret(arn)).password for role, arn in secrets.items()}
    administrators = {HOME: settings.database_admin_secret_arn}
    administrators |= read_group_secrets(settings.database_group_admin_secret_arns)
    for name, own in list_settings(settings).items():
        if name in administrators:
            make_roles(own.database_url, passwords, administrators[name], max(1, deadline - time.monotonic()))


def _answer(event: dict[str, Any], status: str, reason: str) -> None:
    content = {
        "Status": status,
        "Reason": reason,
        "PhysicalResourceId": event.get("PhysicalResourceId", "migrations"),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # presigned for a PUT without a content type; CloudFormation gives the address, no client does
    request = urllib.request.Request(  # noqa: S310
        event["ResponseURL"], json.dumps(content).encode(), {"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_SECONDS).close()  # noqa: S310
