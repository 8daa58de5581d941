"""Reports and alarms from the bundle: the template's role, queue user and settings, stats invoked, mail handed over."""

import secrets
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from infra.local.address import free_port
from tests.cloud.conftest import ClientFactory
from tests.cloud.execution.cloud import Cloud, post
from tests.cloud.execution.function import Function
from tests.cloud.execution.test_functions import EVENT

NOTHING = {"reports": 0, "alarms": 0, "sent": 0}


class Mailbox:
    """A mail server on loopback that keeps what it takes."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, bytes]] = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        assert isinstance(envelope.content, bytes)
        self.mails.append((str(envelope.mail_from), envelope.rcpt_tos[0], envelope.content))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    made = Mailbox()
    made.controller.start()
    yield made
    made.controller.stop()


@pytest.fixture
def smtp_secret(aws: ClientFactory, mailbox: Mailbox) -> str:
    """The ARN of the secret with the mail server's URL, which here ends in a line break."""
    url = f"smtp://127.0.0.1:{mailbox.controller.port}\n"
    created = aws("secretsmanager").create_secret(Name=f"smtp-{secrets.token_hex(4)}", SecretString=url)
    return str(created["ARN"])


@pytest.fixture(scope="module")
def stats_name(cloud: Cloud, aws_lambda: Any, schema: None) -> str:
    """The stats function at the Lambda API: its name."""
    return cloud.create(aws_lambda, "stats")


def test_what_is_due_is_mailed_once(
    cloud: Cloud, stats_name: str, ingest: Function, mailbox: Mailbox, smtp_secret: str, empty_queue: None
) -> None:
    site = f"site-{uuid.uuid4().hex}"
    with cloud.database() as connection:
        connection.run("insert into sites (site_id) values (:site)", site=site)
        connection.run(
            "insert into report_subscriptions (subscription_id, site_id, period, address, secret, created_at)"
            " values (:id, :site, 'weekly', 'ann@example.com', 's', now() - interval '30 days')",
            id=secrets.token_hex(8),
            site=site,
        )
        for kind, of, threshold in (("backlog", "", 0.000001), ("ledger", "", 0.0), ("spike", site, 3.0)):
            connection.run(
                "insert into alarms (alarm_id, site_id, kind, target, secret, threshold)"
                " values (:id, :of, :kind, 'ops@example.com', '', :threshold)",
                id=secrets.token_hex(8),
                of=of,
                kind=kind,
                threshold=threshold,
            )
    assert ingest.invoke(post("/event", {**EVENT, "site_id": site})).content["statusCode"] == 202
    reports = cloud.deploy("reports", STATS_FUNCTION=stats_name, SMTP_URL_SECRET_ARN=smtp_secret)

    first = reports.invoke({"source": "aws.scheduler"})

    assert first.content["reports"] == 1, first.log
    assert first.content["alarms"] >= 1
    assert first.content["sent"] == len(mailbox.mails) == 1 + first.content["alarms"]
    assert '"level": "WARNING"' not in first.log
    assert {sender for sender, _, _ in mailbox.mails} == {"analytics@example.com"}
    [report] = [content for _, to, content in mailbox.mails if to == "ann@example.com"]
    assert b"Weekly report" in report
    assert b"/unsubscribe/" in report
    assert any(b"The backlog grows" in content for _, to, content in mailbox.mails if to == "ops@example.com")
    assert reports.invoke({}).content == NOTHING


def test_until_its_secret_holds_a_url_it_fails_and_says_what_it_should_hold(
    cloud: Cloud, stats_name: str, aws: ClientFactory
) -> None:
    arn = aws("secretsmanager").create_secret(Name=f"smtp-{secrets.token_hex(4)}", SecretString="generated")["ARN"]
    failed = cloud.deploy("reports", STATS_FUNCTION=stats_name, SMTP_URL_SECRET_ARN=arn).invoke({})
    assert failed.error_type == "AnalyticsError"
    assert b"SMTP_URL_SECRET_ARN should be like smtp://" in failed.payload
    assert "generated" not in failed.log
