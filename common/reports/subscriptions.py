"""Subscriptions to sites' reports in PostgreSQL. A signed link in each mail ends its subscription, without a login."""

import hashlib
import hmac
import re
import secrets
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from common.access.audit import note
from common.errors import Fault, InvalidInput, NotFound
from common.postgres.database import Database
from common.postgres.sql import load_query
from common.presence.presence import hold_site
from common.setting_checks import check_mail_address

Period = Literal["weekly", "monthly"]
NO_SUCH = "There is no such subscription: it may have been ended already."
_TOKEN = re.compile(r"([0-9a-f]{16})\.([0-9a-f]{64})")


@dataclass(frozen=True)
class Subscription:
    """One address gets one site's report, each week or month."""

    subscription_id: str
    site_id: str
    period: Period
    address: str
    created_at: datetime
    secret: str

    @property
    def token(self) -> str:
        """What the link that ends it carries: its id, signed with its own secret."""
        return f"{self.subscription_id}.{_sign(self.secret, self.subscription_id)}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without the secret."""
        return {
            "subscription_id": self.subscription_id,
            "site_id": self.site_id,
            "period": self.period,
            "address": self.address,
            "created_at": self.created_at.isoformat(),
        }


class Subscriptions:
    """The subscriptions of a database. Every method raises Unavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> list[Subscription]:
        """All, by site, period and address."""
        return [Subscription(*row) for row in self._database.run(load_query(__name__, "list_subscriptions"))]

    def add(self, actor: str, site_id: str, period: Period, address: str, own: Database | None = None) -> Subscription:
        """Begin one; where it is there already, nothing changes. Raises InvalidInput, and as hold_site does.

        `own`: the site's database, where that is another one.
        """
        faults = []
        if period not in get_args(Period):
            faults.append(Fault("Should be weekly or monthly.", "/period"))
        try:
            check_mail_address(address or " ")
        except ValueError as error:
            faults.append(Fault(f"It {error}.", "/address"))
        if faults:
            raise InvalidInput("Nobody can be subscribed so.", tuple(faults))
        with self._database.transaction() as connection, own.transaction() if own else nullcontext() as held:
            hold_site(held or connection, site_id)
            rows = connection.run(
                load_query(__name__, "insert_subscription"),
                subscription_id=secrets.token_hex(8),
                site_id=site_id,
                period=period,
                address=address,
                secret=secrets.token_hex(32),
            )
            if rows:
                note(connection, actor, "report.add", rows[0][0], {"site_id": site_id, "period": period})
        [found] = [one for one in self.list() if (one.site_id, one.period, one.address) == (site_id, period, address)]
        return found

    def remove(self, actor: str, subscription_id: str) -> Subscription:
        """End one. Raises NotFound."""
        with self._database.transaction() as connection:
            rows = connection.run(load_query(__name__, "delete_subscription"), subscription_id=subscription_id)
            if not rows:
                raise NotFound(NO_SUCH)
            ended = Subscription(*rows[0])
            note(connection, actor, "report.remove", subscription_id, {"site_id": ended.site_id})
        return ended

    def find(self, token: str) -> Subscription:
        """The subscription that a link is about. Raises NotFound where it is ended, or the link was not signed so."""
        match = _TOKEN.fullmatch(token)
        rows = match and self._database.run(load_query(__name__, "find_subscription"), subscription_id=match[1])
        if not match or not rows:
            raise NotFound(NO_SUCH)
        found = Subscription(*rows[0])
        if not hmac.compare_digest(_sign(found.secret, found.subscription_id), match[2]):
            raise NotFound(NO_SUCH)
        return found


def _sign(secret: str, subscription_id: str) -> str:
    return hmac.new(secret.encode(), f"unsubscribe {subscription_id}".encode(), hashlib.sha256).hexdigest()
