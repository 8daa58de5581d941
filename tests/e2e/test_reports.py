"""The commands of docs/operations.md for reports and alarms beside a running system, and the mails that follow."""

import email
import email.policy
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from common.postgres.database import Database
from infra.local.address import free_port
from tests.e2e.conftest import System, eventually, get
from tests.e2e.test_restore import PAGE, read_blocks, run, send_events

pytestmark = [pytest.mark.e2e, pytest.mark.long]


class Mailbox:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        content = envelope.content
        assert isinstance(content, bytes)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, email.message.EmailMessage)
        self.mails.append(mail)
        return "250 OK"


class MailingSystem(System):
    """One that sends mails."""

    smtp_url = ""

    @property
    def env(self) -> dict[str, str]:
        return super().env | {"SMTP_URL": self.smtp_url, "MAIL_FROM": "stats@example.com"}


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mailing(tmp_path: Path, mailbox: Mailbox) -> Iterator[MailingSystem]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    one = MailingSystem(tmp_path)
    one.smtp_url = f"smtp://127.0.0.1:{controller.port}"
    try:
        one.start()
        yield one
    finally:
        one.stop()
        controller.stop()


def test_the_commands_of_the_page_run_and_a_report_is_mailed_once_by_the_running_system(
    mailing: MailingSystem, mailbox: Mailbox
) -> None:
    due = (datetime.now(UTC) - timedelta(hours=6)).date()  # a week's report is due at six on the Monday after it
    monday = due - timedelta(days=due.weekday() + 7)
    send_events(mailing, 12, f"{monday + timedelta(days=4)}T12:00:00Z")
    mailing.wait_until_drained()
    [reports] = read_blocks(PAGE, "## Send reports")
    [alarms] = read_blocks(PAGE, "## Set alarms")
    assert "Weekly report: blog" in run(reports, mailing)
    assert "hooks.example.com" in run(alarms, mailing)
    with closing(Database(mailing.settings.database_url, 1, 10)) as database:
        database.run("delete from alarms where target like 'https:%'")
        database.run("update report_subscriptions set created_at = '2020-01-01' where period = 'weekly'")
    made = json.loads(mailing.run("reports", "run", "--json").stdout)
    eventually(lambda: mailbox.mails, 120, "the mail is there, from this command or the running system")
    again = json.loads(mailing.run("reports", "run", "--json").stdout)
    assert made["reports"] <= 1
    assert again["reports"] == 0
    [mail] = mailbox.mails
    query = f"site_id=blog&from={monday}&to={monday + timedelta(days=6)}&metrics=page_views"
    figures = get(f"{mailing.stats_url}/v1/stats/summary?{query}")["data"]
    part = mail.get_body(("plain",))
    assert part is not None
    assert figures == {"page_views": 12}
    assert f"{'Page views':16}{12:>12,}" in part.get_content()
