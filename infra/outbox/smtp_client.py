"""An SMTP client that accepts no answer that was cut off. smtplib would take the `25` of a cut `250` for a code."""

import smtplib
from typing import IO


class _WholeLines:
    """A server's answers, line by line. A line that was cut off is not read: the answers end before it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readline(self, most: int) -> bytes:
        line = self._file.readline(most)
        return line if line.endswith(b"\n") or len(line) == most else b""

    def close(self) -> None:
        self._file.close()


class WholeAnswers(smtplib.SMTP):
    """Raises SMTPServerDisconnected for an answer that was cut off."""

    last_code = 0
    """The code of the last whole answer."""

    def getreply(self) -> tuple[int, bytes]:
        """The code and the words of an answer."""
        if self.file is None and self.sock is not None:
            self.file = _WholeLines(self.sock.makefile("rb"))
        self.last_code, words = super().getreply()
        return self.last_code, words


class WholeAnswersOverTls(WholeAnswers, smtplib.SMTP_SSL):
    """The same over TLS from the first byte on."""
