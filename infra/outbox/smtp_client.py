"""An SMTP client that takes no answer for one that breaks off: of `250` smtplib would read 2 or 25 as a code too."""

import smtplib
from typing import IO


class _WholeLines:
    """What a server says, up to its last whole line: what comes after that is the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readline(self, most: int) -> bytes:
        line = self._file.readline(most)
        return line if line.endswith(b"\n") or len(line) == most else b""

    def close(self) -> None:
        self._file.close()


class WholeAnswers(smtplib.SMTP):
    """Raises SMTPServerDisconnected for an answer that breaks off."""

    last_code = 0
    """That of the last whole answer."""

    def getreply(self) -> tuple[int, bytes]:
        """The code and the words of an answer."""
        if self.file is None and self.sock is not None:
            self.file = _WholeLines(self.sock.makefile("rb"))
        self.last_code, words = super().getreply()
        return self.last_code, words


class WholeAnswersOverTls(WholeAnswers, smtplib.SMTP_SSL):
    """The same over TLS from the first byte on."""
