"""What a site is called stays in the subject of its mails."""

from email import message_from_bytes
from email.policy import SMTP

import pytest

from common.setting_checks import check_mail_address
from infra.outbox.delivery import write_mail
from infra.outbox.outbox import Message

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nBcc: eve@example.com",
        "=?utf-8?q?=0ABcc:_eve=40example.com?=",
        "ü =?utf-8?q?=0D=0ABcc:_eve=40example.com?= : weekly report",
        "=?utf-8?b?CkJjYzogZXZlQGV4YW1wbGUuY29t?=",
        "a\0\x1b[31m\x7f",
    ],
)
def test_no_name_of_a_site_begins_a_header(name: str) -> None:
    content = {"subject": name, "text": name, "html": name}
    mail = write_mail(Message("id", "blog", "ann@example.com", content, repeats=False), "me@example.com").as_bytes()
    head = mail.partition(b"\r\n\r\n")[0]
    assert {line.partition(b":")[0].decode() for line in head.split(b"\n") if not line.startswith(b" ")} == HEADERS
    assert not any(letter in head for letter in (b"\0", b"\x1b", b"\x7f"))


@pytest.mark.parametrize("name", ["Blog", "Bücher & Söhne " * 20, "👨‍👩‍👧 family", "a = b ? c : <d@e>"])
def test_other_names_are_told_as_they_are(name: str) -> None:
    content = {"subject": name, "text": "t", "html": "h"}
    mail = write_mail(Message("id", "blog", "ann@example.com", content, repeats=False), "me@example.com")
    assert message_from_bytes(mail.as_bytes(), policy=SMTP)["Subject"] == " ".join(name.split())


@pytest.mark.parametrize(
    "address", ["=?utf-8?q?=0ABcc:x?=@example.com", "ann,eve@example.com", "a<eve@example.com", '"@example.com', "(a@b"]
)
def test_an_address_is_one_and_nothing_else(address: str) -> None:
    with pytest.raises(ValueError, match="address alone"):
        check_mail_address(address)


@pytest.mark.parametrize("address", ["ann@example.com", "ann+blog@example.com", "o'neil=x@example.co.uk"])
def test_usual_addresses_are_fine(address: str) -> None:
    assert check_mail_address(address) == address
