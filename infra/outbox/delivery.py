"""Sends a message by mail or webhook, and says what became of it."""

import base64
import hashlib
import hmac
import json
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import unquote, urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from common.settings import Settings
from infra.outbox.outbox import Message, State, read_content
from infra.outbox.smtp_client import WholeAnswers, WholeAnswersOverTls
from infra.outbox.time_limit import limit_time

TIMEOUT_SECONDS = 20
"""For each answer of the other end."""
TOTAL_SECONDS = 60
"""For a delivery, from its connection on."""
_GO_ON = 354
"""A mail server's answer to DATA: it is ready for the mail."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Result:
    """`waiting`: it did not arrive, and may later; `unknown`: nobody can tell; `failed`: it never will."""

    state: State
    fault: str = ""


class Delivery:
    """Sends with these settings."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock

    def send(self, message: Message) -> Result:
        """Send a message once."""
        return self._post(message) if is_webhook(message.target) else self._mail(message)

    def _post(self, message: Message) -> Result:
        """By the specification Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks"""
        body = json.dumps(message.content, separators=(",", ":"), ensure_ascii=False).encode()
        timestamp = str(int(self._clock()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": sign(message.secret, message.message_id, timestamp, body),
        }
        try:
            # Redirects are not followed: the address is the one that the operator chose.
            status = _request(message.target, body, headers)
        except (HTTPException, LocationParseError, OSError, UnicodeError) as error:
            return Result("waiting", f"the webhook can't be reached ({type(error).__name__})")
        if 200 <= status < 300:
            return Result("sent")
        return Result("failed" if status == 410 else "waiting", f"the webhook answers {status}")

    def _mail(self, message: Message) -> Result:
        if not self._settings.smtp_url or not self._settings.mail_from:
            return Result("waiting", "SMTP_URL and MAIL_FROM are not set")
        smtp = _make_client(self._settings.smtp_url)
        with limit_time(TOTAL_SECONDS, lambda: smtp.sock):
            try:
                _log_in(smtp, self._settings.smtp_url)
                return _hand_over(smtp, self._settings.mail_from, message)
            except (smtplib.SMTPException, OSError) as error:  # it has no mail yet
                return _give_up(error)
            finally:
                with suppress(smtplib.SMTPException, OSError):
                    smtp.quit()
                smtp.close()


def _request(target: str, body: bytes, headers: Mapping[str, str]) -> int:
    """POST it; the answer's status."""
    url = parse_url(target)
    host = (url.host or "").strip("[]")
    connection = (
        HTTPSConnection(host, url.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
        if url.scheme == "https"
        else HTTPConnection(host, url.port, timeout=TIMEOUT_SECONDS)
    )
    try:
        with limit_time(TOTAL_SECONDS, lambda: connection.sock):
            try:
                connection.request("POST", url.request_uri, body, headers)
            except (ConnectionError, ssl.SSLEOFError):  # it may have answered before it heard all
                if connection.sock is None:
                    raise
            return _read_status(connection.sock)
    finally:
        connection.close()


def _read_status(sock: socket.socket) -> int:
    """An answer's status, which counts whatever becomes of its headers. Its body is not read: it may have no end."""
    with HTTPResponse(sock, method="POST") as response:
        try:
            response.begin()
        except (HTTPException, OSError):
            if not isinstance(response.status, int):  # http.client's word for "unknown"
                raise
        return response.status


def is_webhook(target: str) -> bool:
    """Whether a target is a URL, and no address."""
    return target.startswith(("https://", "http://"))


def sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """The signature of what a webhook gets. `secret`: `whsec_` and the key in base 64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def write_mail(message: Message, sender: str) -> EmailMessage:
    """The mail, as text and HTML. Its id is the message's, so that a second copy can be told."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Website analytics <{sender}>"
    mail["To"] = message.target
    mail["Subject"] = _make_subject(read_content(message.content, "subject"))
    mail["Date"] = formatdate()
    name = hashlib.sha256(message.message_id.encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{name}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if unsubscribe := read_content(message.content, "unsubscribe"):  # RFC 8058: with one click, in the mail program
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(read_content(message.content, "text"))
    mail.add_alternative(read_content(message.content, "html"), subtype="html")
    return mail


def _make_subject(text: str) -> str:
    """A text as one line that a header says as it is.

    EmailMessage decodes what looks like an encoded word (RFC 2047), and writes a line feed in it as one: the name of a
    site could begin a header of its own.
    """
    return " ".join(_CONTROL.sub(" ", text).replace("=?", "= ?").split())


def _make_client(url: str) -> WholeAnswers:
    """One that is not connected yet: how long its greeting takes is limited too."""
    if urlsplit(url).scheme == "smtps":
        return WholeAnswersOverTls(timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    return WholeAnswers(timeout=TIMEOUT_SECONDS)


def _log_in(smtp: smtplib.SMTP, url: str) -> None:
    """Connect, over TLS unless the server is this machine's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    smtp._host = host  # type: ignore[attr-defined]  # what TLS compares the certificate with
    code, words = smtp.connect(host, parts.port or (465 if parts.scheme == "smtps" else 25))
    if code != 220:
        raise smtplib.SMTPConnectError(code, words)
    if parts.scheme == "smtp" and parts.hostname not in _LOOPBACK:
        smtp.starttls(context=ssl.create_default_context())
    if parts.username:
        smtp.login(unquote(parts.username), unquote(parts.password or ""))
    smtp.ehlo_or_helo_if_needed()


def _give_up(error: Exception) -> Result:
    return Result("waiting", f"the mail server can't be used ({_tell(error)})")


def _hand_over(smtp: WholeAnswers, sender: str, message: Message) -> Result:
    """Whether the server took the mail. Until it is asked for its verdict, nothing has been sent."""
    steps: list[Callable[[], tuple[int, bytes]]] = [lambda: smtp.mail(sender), lambda: smtp.rcpt(message.target)]
    for step in steps:
        if refusal := _judge(*step()):
            return refusal
    try:
        code, words = smtp.data(write_mail(message, sender).as_bytes())
        if not (200 <= code < 300 or 400 <= code < 600):
            return Result("unknown", f"the mail server answers {code}")
        return _judge(code, words) or Result("sent")
    except smtplib.SMTPDataError as error:  # it did not want to begin
        return _judge(error.smtp_code, _as_bytes(error.smtp_error)) or Result("waiting")
    except (smtplib.SMTPException, OSError) as error:
        if smtp.last_code != _GO_ON:
            return _give_up(error)
        return Result("unknown", f"the mail server gave no answer ({_tell(error)})")


def _judge(code: int, words: bytes) -> Result | None:
    if 200 <= code < 300:
        return None
    fault = f"the mail server answers {code} {words.decode(errors='replace')}"
    return Result("waiting" if code < 500 else "failed", fault)


def _as_bytes(words: str | bytes) -> bytes:
    return words.encode() if isinstance(words, str) else words


def _tell(error: Exception) -> str:
    """The kind of an error, and not its words: a login's may hold what was sent."""
    return type(error).__name__
