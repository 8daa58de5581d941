"""Reports and alarms as a scheduled function, inside a network where stats is invoked and SES takes mail."""

import logging
import time
from datetime import UTC, datetime
from typing import Any, Protocol

from common.aws.secrets import Secret
from common.errors import AnalyticsError
from common.groups.databases import Databases
from common.log import configure, fields
from common.redis.client import connect
from common.setting_checks import check_smtp_url
from common.settings import Settings
from infra.figures.stats_function import StatsFunction
from infra.reports.schedule import Reporting

SENDING_SECONDS = 120
"""What is kept of the function's time for the last message, each of whose steps may take 20 seconds."""

log = logging.getLogger("reports")

settings = Settings.load_or_exit()
configure(settings.log_level)
databases = Databases.of(settings)
redis = connect(settings)
stats = StatsFunction(settings.stats_function, Secret(settings.stats_api_key_secret_arn))
smtp_url = Secret(settings.smtp_url_secret_arn)


class Context(Protocol):
    """The part of Lambda's context object that is used."""

    def get_remaining_time_in_millis(self) -> int: ...


def handler(event: dict[str, Any], context: Context) -> dict[str, int]:  # noqa: ARG001
    """Do one round. Raises Unavailable if the mail server's URL can't be read, AnalyticsError if it is none."""
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - SENDING_SECONDS
    known = settings.model_copy(update={"smtp_url": read_smtp_url()})
    done = Reporting(known, databases, redis, stats).step(datetime.now(UTC), deadline)
    if any(done.values()):
        log.info("reports and alarms", extra=fields(**done))
    return done


def read_smtp_url() -> str:
    """The URL that the secret holds. Raises Unavailable, AnalyticsError."""
    try:
        return check_smtp_url(smtp_url.read().strip())
    except ValueError:  # what it says may hold the password
        words = "should be like smtp://user:password@email-smtp.eu-central-1.amazonaws.com:587"
        raise AnalyticsError(f"The secret of SMTP_URL_SECRET_ARN {words}.") from None
