"""Alarms in PostgreSQL. Whether one fires is kept with it, so that each change is told once."""

import base64
import secrets
from contextlib import nullcontext
from typing import get_args

from common.access.audit import note
from common.errors import Fault, InvalidInput, NotFound
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.presence.presence import hold_site
from common.setting_checks import check_http_url, check_mail_address
from infra.alarms.alarm import DEFAULTS, OF_A_SITE, Alarm, Kind
from infra.outbox.delivery import is_webhook


class Alarms:
    """The alarms of a database. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> list[Alarm]:
        """All, by site, kind and target."""
        return [Alarm(*row) for row in self._database.run(load_query(__name__, "list_alarms"))]

    def set(
        self, actor: str, kind: Kind, target: str, site_id: str = "", threshold: float | None = None,
        own: Database | None = None,
    ) -> Alarm:  # fmt: skip
        """Set one, or its threshold where it is set. Raises InvalidInput with every fault, and as hold_site does.

        `own`: the site's database, where that is another one.
        """
        faults = _find_faults(kind, target, site_id, threshold)
        if faults:
            raise InvalidInput("The alarm can't be set.", tuple(faults))
        with self._database.transaction() as connection, own.transaction() if own else nullcontext() as held:
            if site_id:
                hold_site(held or connection, site_id)
            [row] = connection.run(
                load_query(__name__, "put_alarm"),
                alarm_id=secrets.token_hex(8),
                site_id=site_id,
                kind=kind,
                target=target,
                secret=f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}" if is_webhook(target) else "",
                threshold=DEFAULTS[kind] if threshold is None else threshold,
            )
            alarm = Alarm(*row)
            note(connection, actor, "alarm.set", alarm.alarm_id, {"site_id": site_id, "kind": kind} if site_id else {})
        return alarm

    def delete(self, actor: str, alarm_id: str) -> None:
        """Delete one. Raises NotFound."""
        with self._database.transaction() as connection:
            if not connection.run(load_query(__name__, "delete_alarm"), alarm_id=alarm_id):
                raise NotFound("There is no such alarm.")
            note(connection, actor, "alarm.delete", alarm_id)


def _find_faults(kind: Kind, target: str, site_id: str, threshold: float | None) -> list[Fault]:
    faults = []
    if kind not in get_args(Kind):
        faults.append(Fault(f"One of {', '.join(get_args(Kind))}.", "/kind"))
    elif (kind in OF_A_SITE) != bool(site_id):
        of = "needs a site" if kind in OF_A_SITE else "is about the whole system, and has no site"
        faults.append(Fault(f"An alarm {kind} {of}.", "/site_id"))
    try:
        (check_http_url if is_webhook(target) else check_mail_address)(target or " ")
    except ValueError as error:
        faults.append(Fault(f"It {error}, or the URL of a webhook.", "/target"))
    if threshold is not None and not 0 < threshold <= 1e9:
        faults.append(Fault("Should be greater than 0.", "/threshold"))
    return faults
