"""Reports and alarms over real servers: PostgreSQL, Valkey, a mail server on loopback, and the API that they ask."""

import email
import email.policy
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from click.testing import CliRunner
from redis import Redis
from starlette.testclient import TestClient

from common.errors import AlreadyExists, NotFound, Unavailable
from common.postgres.database import Database
from common.presence.presence import hold_site
from common.reports.subscriptions import Subscription, Subscriptions
from common.settings import Settings
from common.sites.changes import NewSite
from common.sites.directory import SiteDirectory
from functions.process.sites.removal import finish
from infra.alarms.alarms import Alarms
from infra.cli.alarms import alarms as alarms_command
from infra.cli.reports import reports as reports_command
from infra.figures.figures import StatsClient
from infra.local.address import free_port
from infra.outbox.delivery import Delivery, Result, sign
from infra.outbox.outbox import Message, Outbox
from infra.reports.schedule import Reporting
from tests.functions.site import Site, view

MONDAY = datetime(2025, 6, 9, 6, 1, tzinfo=UTC)


class Mailbox:
    """A mail server that keeps what it takes, and answers `verdict` to each mail."""

    def __init__(self, hostname: str = "127.0.0.1", **options: Any) -> None:
        self.mails: list[EmailMessage] = []
        self.verdict = "250 OK"
        self.controller = Controller(self, hostname=hostname, port=free_port(), **options)

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        if self.verdict.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            mail = email.message_from_bytes(content, policy=email.policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return self.verdict

    def start_again(self) -> None:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.controller.port)
        self.controller.start()

    @property
    def url(self) -> str:
        return f"smtp://{self.controller.hostname}:{self.controller.port}"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    one = Mailbox()
    one.controller.start()
    yield one
    one.controller.stop()


class Client(StatsClient):
    """Asks the API in this process."""

    def __init__(self, stats: TestClient) -> None:
        self._stats = stats

    def ask(self, kind: str, **parameters: str) -> dict[str, Any]:
        answer = self._stats.get(f"/v1/stats/{kind}", params=parameters)
        assert answer.status_code == 200, answer.text
        content: dict[str, Any] = answer.json()
        return content


@pytest.fixture
def mail_settings(settings: Settings, mailbox: Mailbox) -> Settings:
    return settings.model_copy(
        update={"smtp_url": mailbox.url, "mail_from": "stats@example.com", "public_url": "https://stats.example.com"}
    )


@pytest.fixture
def reporting(mail_settings: Settings, database: Database, redis: Redis, site: Site) -> Reporting:
    return Reporting(mail_settings, database, redis, Client(site.stats))


@pytest.fixture
def ann(database: Database, site: Site) -> Subscription:
    """Ann gets the weekly report of a site with a week of visits."""
    views = [
        view(f"0{day}T10:0{number}:00", f"user-{number}", f"/{number}") for day in range(2, 9) for number in range(day)
    ]
    site.store(views)
    one = Subscriptions(database).add("test", "s", "weekly", "ann@example.com")
    database.run("update report_subscriptions set created_at = '2025-06-01'")
    return one


def read_text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_weekly_report_arrives_once_with_the_figures_of_the_api(
    reporting: Reporting, mailbox: Mailbox, site: Site, ann: Subscription
) -> None:
    for _ in range(3):
        reporting.step(MONDAY)
    [mail] = mailbox.mails
    assert (mail["To"], mail["From"]) == ("ann@example.com", "Website analytics <stats@example.com>")
    days = {"from": "2025-06-02", "to": "2025-06-08"}
    figures = site.ask("summary", **days, metrics="visitors,visits,page_views")["data"]
    text = read_text(mail)
    for name, value in (("Visitors", "visitors"), ("Visits", "visits"), ("Page views", "page_views")):
        assert f"{name:16}{figures[value]:>12,}" in text
    for row in site.ask("breakdown", **days, dimension="path", metrics="page_views", limit="5")["data"]:
        assert f"  {row['page_views']:>10,}  {row['path']}" in text
    html = mail.get_body(("html",))
    assert html is not None
    assert f">{figures['page_views']}<" in html.get_content()
    assert mail["List-Unsubscribe"] == f"<https://stats.example.com/unsubscribe/{ann.token}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_was_sent_is_not_kept(reporting: Reporting, database: Database, ann: Subscription) -> None:
    reporting.step(MONDAY)
    assert database.run("select state, cast(content as text) from outbox") == [["sent", "{}"]]


def test_a_mail_server_elsewhere_that_has_no_tls_gets_neither_the_password_nor_the_mail(
    mail_settings: Settings,
) -> None:
    other = Mailbox("127.0.0.2")
    elsewhere = other.url.replace("//", "//ann:secret@")
    other.controller.start()
    try:
        delivery = Delivery(mail_settings.model_copy(update={"smtp_url": elsewhere}))
        result = delivery.send(Message("m", "s", "ann@example.com", {"subject": "x", "text": "x", "html": "x"}, False))
    finally:
        other.controller.stop()
    assert (result.state, other.mails) == ("waiting", [])
    assert "SMTPNotSupportedError" in result.fault


def test_a_mail_server_that_wants_a_login_gets_it(mail_settings: Settings) -> None:
    logins = []

    def check(*arguments: Any) -> AuthResult:
        login = arguments[-1]
        logins.append((login.login, login.password))
        return AuthResult(success=login.password == b"se:cret", handled=False)  # the server itself answers

    asking = Mailbox(authenticator=check, auth_require_tls=False)
    asking.controller.start()
    message = Message("m", "s", "ann@example.com", {"subject": "x", "text": "x", "html": "x"}, False)
    try:
        for password, state in (("se%3Acret", "sent"), ("wrong", "waiting")):
            url = asking.url.replace("//", f"//ann:{password}@")
            result = Delivery(mail_settings.model_copy(update={"smtp_url": url})).send(message)
            assert result.state == state
            assert "wrong" not in result.fault
    finally:
        asking.controller.stop()
    assert (len(asking.mails), logins[0]) == (1, (b"ann", b"se:cret"))


def test_the_next_week_has_its_own_report_and_a_late_subscriber_gets_none_of_the_week_before(
    reporting: Reporting, mailbox: Mailbox, ann: Subscription, database: Database
) -> None:
    Subscriptions(database).add("test", "s", "weekly", "bob@example.com")
    database.run("update report_subscriptions set created_at = '2025-06-10' where address like 'bob%'")
    reporting.step(MONDAY)
    reporting.step(MONDAY.replace(day=16))
    assert sorted(mail["To"] for mail in mailbox.mails) == ["ann@example.com", "ann@example.com", "bob@example.com"]


def test_two_that_run_at_once_send_one(
    reporting: Reporting, mail_settings: Settings, database: Database, redis: Redis, site: Site, mailbox: Mailbox,
    ann: Subscription,
) -> None:  # fmt: skip
    others = [Reporting(mail_settings, database, redis, Client(site.stats)) for _ in range(3)]
    threads = [threading.Thread(target=one.step, args=(MONDAY,)) for one in (reporting, *others)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mailbox.mails) == 1


def test_a_report_whose_sender_died_is_not_sent_again_and_is_said(
    reporting: Reporting, mailbox: Mailbox, database: Database, ann: Subscription, mail_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    class Died(BaseException):
        pass

    def die(delivery: Delivery, message: Message) -> None:
        send(delivery, message)
        raise Died

    send = Delivery.send
    monkeypatch.setattr(Delivery, "send", die)
    with pytest.raises(Died):
        reporting.step(MONDAY)
    monkeypatch.setattr(Delivery, "send", send)
    reporting.step(MONDAY)
    database.run("update outbox set claimed_at = now() - interval '1 hour'")
    reporting.step(MONDAY)
    assert len(mailbox.mails) == 1
    [entry] = Outbox(database).list()
    assert (entry.state, entry.fault) == ("unknown", "whoever was sending it died")
    shown = CliRunner().invoke(reports_command, ["outbox"], obj=mail_settings, catch_exceptions=False).output
    assert f"unknown   ann@example.com  {entry.message_id}" in shown
    CliRunner().invoke(reports_command, ["resend", entry.message_id], obj=mail_settings, catch_exceptions=False)
    reporting.step(MONDAY)
    assert len(mailbox.mails) == 2


@pytest.mark.parametrize("verdict", ["451 later", "down"])
def test_a_mail_server_that_is_away_or_busy_gets_it_later_once(
    verdict: str, reporting: Reporting, mailbox: Mailbox, database: Database, ann: Subscription
) -> None:
    if verdict == "down":
        mailbox.controller.stop()
    mailbox.verdict = verdict
    reporting.step(MONDAY)
    reporting.step(MONDAY)
    [entry] = Outbox(database).list()
    assert (entry.state, entry.attempts, mailbox.mails) == ("waiting", 1, [])
    if verdict == "down":
        mailbox.start_again()
    mailbox.verdict = "250 OK"
    database.run("update outbox set due_at = now()")
    reporting.step(MONDAY)
    assert (len(mailbox.mails), Outbox(database).list()[0].state) == (1, "sent")


def test_a_mail_that_is_refused_for_good_is_not_tried_again(
    reporting: Reporting, mailbox: Mailbox, database: Database, ann: Subscription
) -> None:
    mailbox.verdict = "550 no such mailbox"
    reporting.step(MONDAY)
    [entry] = Outbox(database).list()
    assert entry.state == "failed"
    assert "550 no such mailbox" in entry.fault


def test_the_signed_link_ends_the_subscription_with_a_post_alone(
    reporting: Reporting, mailbox: Mailbox, site: Site, database: Database, ann: Subscription
) -> None:
    path = f"/unsubscribe/{ann.token}"
    asked = site.stats.get(path)
    assert asked.status_code == 200
    assert "ann@example.com" in asked.text
    assert Subscriptions(database).list() == [ann_now(database)]  # a scanner that opens it ends nothing
    assert site.stats.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscriptions(database).list() == []
    assert site.stats.post(path).status_code == 404
    reporting.step(MONDAY)
    assert mailbox.mails == []
    [[actor, target]] = database.run("select actor, target from audit_log where action = 'report.remove'")
    assert (actor, target) == ("link of a report", ann.subscription_id)


def ann_now(database: Database) -> Subscription:
    [one] = Subscriptions(database).list()
    return one


def test_a_link_that_was_not_signed_so_ends_nothing(site: Site, database: Database, ann: Subscription) -> None:
    other = Subscriptions(database).add("test", "s", "monthly", "bob@example.com")
    forged = f"{ann.subscription_id}.{other.token.partition('.')[2]}"
    for token in (forged, ann.subscription_id, f"{ann.token}0", "%00", "x" * 5_000):
        for answer in (site.stats.get(f"/unsubscribe/{token}"), site.stats.post(f"/unsubscribe/{token}")):
            assert answer.status_code == 404
    assert len(Subscriptions(database).list()) == 2


def test_who_unsubscribes_before_it_is_sent_gets_none(
    reporting: Reporting, mailbox: Mailbox, database: Database, ann: Subscription
) -> None:
    mailbox.verdict = "451 later"
    reporting.step(MONDAY)
    Subscriptions(database).remove("test", ann.subscription_id)
    mailbox.verdict = "250 OK"
    database.run("update outbox set due_at = now()")
    reporting.step(MONDAY)
    assert (mailbox.mails, Outbox(database).list()) == ([], [])


def test_the_mail_can_be_seen_before_anybody_gets_one(
    mail_settings: Settings, site: Site, ann: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StatsClient, "__init__", lambda client, _: setattr(client, "_stats", site.stats))
    monkeypatch.setattr(StatsClient, "ask", Client.ask)
    shown = CliRunner().invoke(reports_command, ["show", "s"], obj=mail_settings, catch_exceptions=False).output
    assert shown.startswith("Weekly report: s\n")
    html = (
        CliRunner().invoke(reports_command, ["show", "s", "--html"], obj=mail_settings, catch_exceptions=False).output
    )
    assert html.startswith("<!doctype html>")


class Hook:
    """A webhook that keeps what it gets, and answers `status`."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(hook.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def hook() -> Iterator[Hook]:
    one = Hook()
    thread = threading.Thread(target=one.server.serve_forever)
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


def set_alarm(settings: Settings, *arguments: str) -> dict[str, Any]:
    command = ["set", *arguments, "--json"]
    done = CliRunner().invoke(alarms_command, command, obj=settings, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    content: dict[str, Any] = json.loads(done.output)
    return content


def test_a_growing_backlog_is_told_once_by_mail_and_by_a_signed_webhook_and_so_is_its_end(
    reporting: Reporting, mailbox: Mailbox, hook: Hook, redis: Redis, settings: Settings
) -> None:
    secret = set_alarm(settings, "backlog", hook.url)["secret"]
    set_alarm(settings, "backlog", "ops@example.com")
    key = f"{{{settings.stream_name}:0}}"
    redis.xadd(key, {"v": 1, "n": 1, "data": "[]"}, id="1000-0")  # waits since 1970
    for minute in range(3):
        reporting.step(MONDAY + timedelta(minutes=minute))
    [[headers, body]] = hook.got
    assert headers["webhook-signature"] == sign(secret, headers["webhook-id"], headers["webhook-timestamp"], body)
    told = json.loads(body)
    assert (told["type"], told["data"]["kind"], told["data"]["site_id"]) == ("alarm.firing", "backlog", None)
    assert told["data"]["message_id"] == headers["webhook-id"]
    assert [mail["Subject"] for mail in mailbox.mails] == ["Website analytics: The backlog grows"]
    redis.delete(key)
    for minute in range(3, 6):
        reporting.step(MONDAY + timedelta(minutes=minute))
    assert [json.loads(body)["type"] for _, body in hook.got] == ["alarm.firing", "alarm.resolved"]
    assert len(mailbox.mails) == 2


def test_a_webhook_that_fails_gets_it_again_under_the_same_id_and_no_redirect_is_followed(
    reporting: Reporting, hook: Hook, redis: Redis, settings: Settings, database: Database
) -> None:
    set_alarm(settings, "backlog", hook.url)
    redis.xadd(f"{{{settings.stream_name}:0}}", {"v": 1, "n": 1, "data": "[]"}, id="1000-0")
    for status in (500, 302, 200):
        hook.status = status
        reporting.step(MONDAY)
        database.run("update outbox set due_at = now()")
    reporting.step(MONDAY)
    assert len({headers["webhook-id"] for headers, _ in hook.got}) == 1
    assert len(hook.got) == 3
    assert Outbox(database).list()[0].state == "sent"


def test_a_webhook_whose_answer_has_no_end_keeps_nobody_waiting(settings: Settings) -> None:
    is_read_whole: list[bool] = []

    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                for _ in range(256):
                    self.wfile.write(bytes(1 << 20))
                is_read_whole.append(True)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Endless) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/"
        result = Delivery(settings).send(Message("alarm:a:firing:1", "", url, {}, repeats=True, secret="whsec_AAAA"))
        thread.join()
    assert result == Result("sent")
    assert not is_read_whole


def test_an_alarm_whose_sender_died_is_sent_again(database: Database, reporting: Reporting, hook: Hook) -> None:
    outbox = Outbox(database)
    outbox.put(Message("alarm:a:firing:1", "", hook.url, {"type": "alarm.firing"}, repeats=True, secret="whsec_AAAA"))
    assert outbox.claim()
    assert outbox.claim() is None
    database.run("update outbox set claimed_at = now() - interval '1 hour'")
    reporting.step(MONDAY)
    assert len(hook.got) == 1


def test_an_event_without_an_outcome_is_an_alarm(
    reporting: Reporting, mailbox: Mailbox, redis: Redis, settings: Settings
) -> None:
    set_alarm(settings, "ledger", "ops@example.com")
    reporting.step(datetime.now(UTC))
    assert mailbox.mails == []
    seconds, _ = redis.time()  # type: ignore[misc]
    redis.hincrby(f"{{{settings.stream_name}:0}}:accepted:{int(seconds) // 60 - 2}", "s", 7)
    reporting.step(datetime.now(UTC))
    [mail] = mailbox.mails
    assert mail["Subject"] == "Website analytics: The ledger does not close"
    assert "Events missing: 7" in read_text(mail)


def test_silence_and_spikes_of_a_site_are_told_by_its_hours(
    reporting: Reporting, mailbox: Mailbox, site: Site, settings: Settings
) -> None:
    site.store([view(f"0{day}T10:{number:02}:00", f"user-{number}") for day in range(1, 8) for number in range(12)])
    set_alarm(settings, "silence", "ann@example.com", "--site", "s")
    set_alarm(settings, "spike", "ann@example.com", "--site", "s")
    at = datetime(2025, 6, 8, 11, 5, tzinfo=UTC)
    reporting.step(at)
    assert [mail["Subject"] for mail in mailbox.mails] == ["s: No events for an hour"]
    assert "Usual at this hour: 12.0" in read_text(mailbox.mails[0])
    site.store([view(f"08T11:{number:02}:00", f"user-{number}") for number in range(55)], offset=1_000)
    reporting.step(at.replace(hour=12))
    subjects = [mail["Subject"] for mail in mailbox.mails]
    assert sorted(subjects[1:]) == ["s: Events arrive again", "s: Traffic spike"]


def test_nothing_is_said_of_an_hour_while_its_events_may_wait_in_the_queue(
    reporting: Reporting, mailbox: Mailbox, site: Site, settings: Settings, redis: Redis
) -> None:
    site.store([view(f"0{day}T10:{number:02}:00", f"user-{number}") for day in range(1, 8) for number in range(12)])
    set_alarm(settings, "silence", "ann@example.com", "--site", "s")
    redis.xadd(f"{{{settings.stream_name}:0}}", {"v": 1, "n": 1, "data": "[]"}, id="1000-0")
    reporting.step(datetime(2025, 6, 8, 11, 5, tzinfo=UTC))
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["backlog", "nobody"], "target"),
        (["backlog", "ftp://example.com"], "target"),
        (["backlog", "a@example.com", "--site", "s"], "site_id"),
        (["silence", "a@example.com"], "site_id"),
        (["silence", "a@example.com", "--site", "typo"], "no site typo"),
        (["backlog", "a@example.com", "--threshold", "-1"], "threshold"),
    ],
)
def test_an_alarm_that_can_not_be_is_refused_with_what_would_be_right(
    arguments: list[str], told: str, settings: Settings, database: Database
) -> None:
    done = CliRunner().invoke(alarms_command, ["set", *arguments], obj=settings)
    assert done.exit_code == 1
    assert told in done.output + str(done.exception)
    assert Alarms(database).list() == []


def test_a_listed_alarm_shows_no_secret_and_can_be_deleted(settings: Settings, hook: Hook) -> None:
    alarm = set_alarm(settings, "ledger", hook.url)
    listed = CliRunner().invoke(alarms_command, ["--json"], obj=settings).output
    assert alarm["secret"] not in listed
    assert json.loads(listed)[0]["alarm_id"] == alarm["alarm_id"]
    assert CliRunner().invoke(alarms_command, ["delete", alarm["alarm_id"]], obj=settings).exit_code == 0
    assert CliRunner().invoke(alarms_command, [], obj=settings).output == "No alarms.\n"


def test_a_site_that_is_deleted_takes_its_reports_and_alarms_along(
    database: Database, site: Site, ann: Subscription, settings: Settings, reporting: Reporting, mailbox: Mailbox
) -> None:
    set_alarm(settings, "silence", "ann@example.com", "--site", "s")
    SiteDirectory(database).request_removal("test", "s")
    reporting.step(MONDAY)
    assert mailbox.mails == []


def test_of_a_site_that_is_being_deleted_nobody_gets_a_report_or_an_alarm(database: Database) -> None:
    SiteDirectory(database).create("test", NewSite(site_id="blog"), "UTC")
    SiteDirectory(database).request_removal("test", "blog")
    with pytest.raises(AlreadyExists, match="is being deleted"):
        Subscriptions(database).add("test", "blog", "weekly", "ann@example.com")
    with pytest.raises(AlreadyExists, match="is being deleted"):
        Alarms(database).set("test", "spike", "ann@example.com", "blog")
    assert Subscriptions(database).list() == []
    assert Alarms(database).list() == []


def test_no_site_is_deleted_to_the_end_while_somebody_is_being_subscribed(database: Database) -> None:
    SiteDirectory(database).create("test", NewSite(site_id="blog"), "UTC")
    with database.transaction() as connection:
        hold_site(connection, "blog")
        with pytest.raises(Unavailable):
            finish(database, "blog")
    with pytest.raises(NotFound):
        Alarms(database).set("test", "spike", "ann@example.com", "another")
